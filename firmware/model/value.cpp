#include "model/value.hpp"

#include <fmt/format.h>

#include <cmath>

namespace wayside::model {

std::optional<double> as_number(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1.0 : 0.0;
  return std::nullopt;
}

std::string to_string(const Value& value) {
  constexpr double kWhole = 9007199254740992.0;  // 2^53: beyond it not every whole number is a double
  if (const auto* number = std::get_if<double>(&value)) {
    // A count is told in full: its last digits are what changes.
    const bool whole = std::abs(*number) < kWhole && std::trunc(*number) == *number;
    return whole ? fmt::format("{}", static_cast<std::int64_t>(*number)) : fmt::format("{:.6g}", *number);
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *integer);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "-";
}

}  // namespace wayside::model
