#include "config/import/text_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "config/import/import.hpp"

namespace wayside::config {
namespace {

// Length of the well-formed sequence at the beginning; 0: none (The Unicode Standard, table 3-7).
std::size_t sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  const auto tail = [&byte](std::size_t i, unsigned least = 0x80, unsigned most = 0xBF) {
    return byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = tail(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = tail(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

int line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

}  // namespace

std::optional<TextFault> fault_of_text(std::string_view text) {
  if (text.size() > kMaxImportSize) {
    return TextFault{1, fmt::format("the file is too large: {} bytes, the limit is {}", text.size(), kMaxImportSize)};
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return TextFault{1, "the text is UTF-16; save it as UTF-8 (iconv -f utf-16 -t utf-8)"};
  }
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\0') return TextFault{line_of(text, at), "a zero byte: this is no text"};
    const auto length = sequence(text.substr(at));
    if (length == 0) {
      return TextFault{
          line_of(text, at),
          fmt::format("byte 0x{:02X} is no UTF-8; save the file as UTF-8 (such as iconv -f latin1 -t utf-8)",
                      static_cast<std::uint8_t>(text[at]))};
    }
    at += length;
  }
  return std::nullopt;
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace wayside::config
