#include "wire/digest.hpp"

#include <openssl/evp.h>

#include "base/assert.hpp"

namespace wayside::wire {

base::Bytes sha256(base::ByteView bytes) {
  base::Bytes out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  WAYSIDE_ASSERT(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr) == 1);
  out.resize(size);
  return out;
}

std::string sha256_hex(std::string_view text) { return base::to_hex(sha256(base::as_bytes(text))); }

}  // namespace wayside::wire
