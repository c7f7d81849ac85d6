#include "seal/key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"
#include "seal/own_file.hpp"

namespace wayside::seal {
namespace {

constexpr std::size_t kDigits = 2 * Key::kBytes;
constexpr const char* kMakeOne = "make one with: (umask 077; openssl rand -hex 32 > FILE)";

// What was read, gone from memory afterwards.
struct Content {
  std::array<std::uint8_t, kDigits + 2> bytes{};  // one more than there may be
  std::size_t size = 0;
  Content() = default;
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

base::Result<void> read_all(const std::string& path, int fd, Content& out) {
  while (out.size < out.bytes.size()) {
    const auto got = ::read(fd, out.bytes.data() + out.size, out.bytes.size() - out.size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return wrong_key_file(path, std::strerror(errno));
    if (got == 0) break;
    out.size += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace

base::Result<Key> read_key_file(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return wrong_key_file(path, fmt::format("{}; {}", std::strerror(errno), kMakeOne));
  if (auto good = check_owner(path, fd.get()); !good) return good.error();
  Content content;
  if (auto read = read_all(path, fd.get(), content); !read) return read.error();
  if (content.size == Key::kBytes)
    return Key(std::span<const std::uint8_t, Key::kBytes>(content.bytes.data(), Key::kBytes));
  const bool line_end = content.size == kDigits + 1 && content.bytes[kDigits] == '\n';
  if (content.size != kDigits && !line_end) {
    return wrong_key_file(
        path, fmt::format("neither {} bytes nor {} hexadecimal digits; {}", Key::kBytes, kDigits, kMakeOne));
  }
  Content key;
  const auto digit = [](std::uint8_t c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    const auto lower = static_cast<std::uint8_t>(c | 0x20U);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < Key::kBytes; ++i) {
    const int high = digit(content.bytes[2 * i]);
    const int low = digit(content.bytes[2 * i + 1]);
    if (high < 0 || low < 0)
      return wrong_key_file(path, fmt::format("no hexadecimal digit at column {}", 2 * i + (high < 0 ? 1 : 2)));
    key.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Key(std::span<const std::uint8_t, Key::kBytes>(key.bytes.data(), Key::kBytes));
}

}  // namespace wayside::seal
