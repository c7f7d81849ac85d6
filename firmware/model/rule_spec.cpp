#include "model/rule_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include <array>

namespace wayside::model {
namespace {
constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};
}

SourcePlace place_in(const ExpressionText& text, std::size_t offset) {
  auto out = text.place;
  const auto behind = std::ranges::upper_bound(text.pieces, offset, {}, &TextPiece::offset);
  if (text.pieces.empty()) {
    out.column += static_cast<int>(offset);
    return out;
  }
  const auto& piece = behind == text.pieces.begin() ? *behind : *std::prev(behind);
  out.line = piece.line;
  out.column = piece.column + static_cast<int>(std::max(offset, piece.offset) - piece.offset);
  return out;
}

std::string message_at(const SourcePlace& place, std::string_view what) {
  return fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, what);
}

std::string_view to_string(Severity severity) { return kSeverities.at(static_cast<std::size_t>(severity)); }

std::optional<Severity> parse_severity(std::string_view text) {
  for (std::size_t i = 0; i < kSeverities.size(); ++i) {
    if (kSeverities.at(i) == text) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

}  // namespace wayside::model
