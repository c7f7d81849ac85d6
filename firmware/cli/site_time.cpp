#include "cli/site_time.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::time_t kDay = 86400;

std::time_t seconds_of(std::int64_t wall_us) {
  return static_cast<std::time_t>(wall_us >= 0 ? wall_us / kSecond : (wall_us - kSecond + 1) / kSecond);
}

// What is left of `text` behind the format; null: it does not fit.
const char* fit(const std::string& text, const char* format, std::tm& out) {
  out = {};
  out.tm_isdst = -1;
  return ::strptime(text.c_str(), format, &out);
}

bool is_blank(const char* rest) { return rest != nullptr && *rest == '\0'; }

// "Z", "+08:00", "-0330" as seconds east of Greenwich.
std::optional<long> offset_of(const std::string& text) {
  if (text == "Z" || text == "z") return 0;
  std::tm shift{};
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-') || !is_blank(::strptime(text.c_str(), "%z", &shift))) {
    return std::nullopt;
  }
  return shift.tm_gmtoff;
}

// The last time of day that was.
std::int64_t last_time_of_day(const std::tm& clock, std::time_t now) {
  const auto on_day_of = [&clock](std::time_t instant) {
    std::tm day{};
    ::localtime_r(&instant, &day);
    day.tm_hour = clock.tm_hour;
    day.tm_min = clock.tm_min;
    day.tm_sec = clock.tm_sec;
    day.tm_isdst = -1;
    return std::mktime(&day);
  };
  const auto today = on_day_of(now);
  return (today <= now ? today : on_day_of(now - kDay)) * kSecond;
}

}  // namespace

void use_zone(const std::string& zone) {
  ::setenv("TZ", zone.empty() ? "UTC0" : zone.c_str(), 1);
  ::tzset();
}

base::Result<std::int64_t> parse_site_time(const std::string& text, std::int64_t now_us) {
  std::tm parts{};
  for (const auto* format : {"%H:%M:%S", "%H:%M"}) {
    if (is_blank(fit(text, format, parts))) return last_time_of_day(parts, seconds_of(now_us));
  }
  for (const auto* format :
       {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    const auto* rest = fit(text, format, parts);
    if (rest == nullptr) continue;
    if (*rest == '\0') return std::mktime(&parts) * kSecond;
    if (const auto offset = offset_of(rest)) return (::timegm(&parts) - *offset) * kSecond;
  }
  return base::Error{
      base::Errc::invalid_argument, base::Consequence::fatal,
      tr_format("'{}' is no time: write 02:00, 2026-12-01, '2026-12-01 02:00' or 2026-12-01T02:00:00Z", text)};
}

std::string site_time_text(std::int64_t wall_us, const char* format) {
  const auto seconds = seconds_of(wall_us);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> out{};
  return {out.data(), std::strftime(out.data(), out.size(), format, &parts)};
}

std::string site_time_text(std::int64_t wall_us) {
  const auto rest = wall_us - static_cast<std::int64_t>(seconds_of(wall_us)) * kSecond;
  return fmt::format("{}.{:03}", site_time_text(wall_us, "%Y-%m-%d %H:%M:%S"), rest / 1000);
}

std::string utc_text(std::int64_t wall_us) {
  const auto seconds = seconds_of(wall_us);
  const auto rest = wall_us - static_cast<std::int64_t>(seconds) * kSecond;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), rest);
}

}  // namespace wayside::cli
