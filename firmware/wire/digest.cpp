#include "wire/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <span>

#include "base/assert.hpp"

namespace wayside::wire {

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  WAYSIDE_ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  std::string out;
  for (const auto byte : std::span(digest).first(size)) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace wayside::wire
