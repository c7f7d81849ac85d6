#include "model/rule_spec.hpp"

#include <fmt/format.h>

#include <array>

namespace wayside::model {
namespace {
constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};
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
