#include "config/import/toml_check.hpp"

#include <fmt/format.h>

#include <charconv>

namespace wayside::config {

std::string veiled(std::string_view toml) {
  std::string out;
  out.reserve(toml.size());
  for (const char c : toml) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U && c != '~') {
      out += c;
    } else {
      out += fmt::format("~{:02x}", byte);
    }
  }
  return out;
}

std::string unveiled(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '~' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace wayside::config
