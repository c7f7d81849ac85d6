#include "base/stamp.hpp"

#include <charconv>
#include <chrono>

namespace wayside::base {
namespace {

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  if (text.size() < at + digits) return std::nullopt;
  const char* const first = text.data() + at;
  const auto [end, ec] = std::from_chars(first, first + digits, value);
  return ec == std::errc{} && end == first + digits ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_stamp(std::string_view text) {
  const auto year = number_at(text, 0, 4);
  const auto month = number_at(text, 5, 2);
  const auto day = number_at(text, 8, 2);
  const auto hour = number_at(text, 11, 2);
  const auto minute = number_at(text, 14, 2);
  const auto second = text.size() > 16 ? number_at(text, 17, 2) : std::optional(0);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(days).count() + *hour * 3600 + *minute * 60 + *second;
}

}  // namespace wayside::base
