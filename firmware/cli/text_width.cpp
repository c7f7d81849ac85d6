#include "cli/text_width.hpp"

#include <algorithm>
#include <array>

namespace wayside::cli {
namespace {

constexpr std::string_view kEllipsis = "..";
constexpr std::string_view kPlain = "\033[0m";

struct Range {
  char32_t first, last;
};
// Two columns wide: the blocks of Unicode's EastAsianWidth.txt that are W or F, without the rare ones.
constexpr std::array kWide{Range{0x1100, 0x115F},  Range{0x2E80, 0x303E}, Range{0x3041, 0xA4CF},
                           Range{0xAC00, 0xD7A3},  Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},
                           Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1F64F},
                           Range{0x20000, 0x3FFFD}};

// The next thing on the screen: a character or a colour sequence.
struct Piece {
  std::size_t bytes = 1;
  std::size_t columns = 1;
  bool colour = false;
};

Piece piece_at(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first == 0x1B) {
    const auto end = text.find('m');
    return {end == std::string_view::npos ? text.size() : end + 1, 0, true};
  }
  const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size == 1 || size > text.size()) return {};
  char32_t code = first & (0xFFU >> (size + 1));
  for (const char c : text.substr(1, size - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte & 0x3FU);
  }
  const bool wide = std::ranges::any_of(kWide, [code](Range r) { return code >= r.first && code <= r.last; });
  return {size, wide ? 2U : 1U};
}

// Bytes of the longest beginning that has at most `width` columns.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  std::size_t columns = 0;
  while (at < text.size()) {
    const auto piece = piece_at(text.substr(at));
    if (columns + piece.columns > width) break;
    columns += piece.columns;
    at += piece.bytes;
  }
  return at;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto piece = piece_at(text.substr(at));
    width += piece.columns;
    at += piece.bytes;
  }
  return width;
}

std::string cut_to(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  const bool room = width > kEllipsis.size();
  std::string out(text.substr(0, fitting(text, room ? width - kEllipsis.size() : width)));
  if (room) out += kEllipsis;
  if (out.find('\033') != std::string::npos) out += kPlain;
  return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t before = lines.empty() ? 0 : indent;
    std::size_t end = std::max<std::size_t>(fitting(text, width - before), 1);
    if (end < text.size()) {
      const auto blank = text.rfind(' ', end);
      if (blank != std::string_view::npos && blank > 0) end = blank;
    }
    lines.push_back(std::string(before, ' ') + std::string(text.substr(0, end)));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

}  // namespace wayside::cli
