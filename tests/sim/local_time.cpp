#include "sim/local_time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace wayside::sim {
namespace {

// Digits only, all of them.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::chrono::local_seconds> parse_local_time(std::string_view text) {
  if (text.size() != 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  constexpr std::array<std::pair<std::size_t, std::size_t>, 6> kFields{
      {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
  std::array<int, 6> value{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto number = digits(text.substr(kFields[i].first, kFields[i].second));
    if (!number) return std::nullopt;
    value[i] = *number;
  }
  const std::chrono::year_month_day date{std::chrono::year{value[0]},
                                         std::chrono::month{static_cast<unsigned>(value[1])},
                                         std::chrono::day{static_cast<unsigned>(value[2])}};
  if (!date.ok() || value[3] > 23 || value[4] > 59 || value[5] > 59) return std::nullopt;
  return std::chrono::local_days{date} + std::chrono::hours{value[3]} + std::chrono::minutes{value[4]} +
         std::chrono::seconds{value[5]};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !(value >= 0) || value > 1e9) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}}};
  for (const auto& [name, milliseconds] : kUnits) {
    if (unit == name) return std::chrono::milliseconds{std::llround(value * milliseconds)};
  }
  return std::nullopt;
}

}  // namespace wayside::sim
