#include "cli/point_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr std::size_t kShort = 7;  // characters: six digits and the point

// The severity of an OPC UA StatusCode: its two upper bits.
bool is_bad(const control::v1::Point& point) { return (point.quality_code() >> 30U) >= 2; }

}  // namespace

std::string point_name(const control::v1::Point& point) { return point.device() + "." + point.point(); }

std::string value_text(const std::string& value, const std::string& name, const std::string& unit) {
  if (value.empty()) return "-";
  if (!name.empty()) return fmt::format("{} ({})", value, name);
  return unit.empty() || unit == "1" ? value : value + " " + unit;
}

std::string value_text(const control::v1::Point& point) {
  // Six digits are more than most sensors have; `read`, `why` and --json show all.
  const bool long_number =
      point.has_number() && point.value().size() > kShort && point.value().find('.') != std::string::npos;
  return value_text(long_number ? fmt::format("{:.6g}", point.number()) : point.value(), point.value_name(),
                    point.unit());
}

std::string quality_text(const control::v1::Point& point) {
  const auto text = tr_word(point.quality()) + (point.stale() ? tr(", too old") : "");
  if (is_bad(point)) return coloured(text, Colour::bad);
  return is_well(point) ? coloured(text, Colour::good) : coloured(text, Colour::warning);
}

std::string age_text(const control::v1::Point& point) { return for_people(point.age_us()); }

bool is_well(const control::v1::Point& point) { return (point.quality_code() >> 30U) == 0 && !point.stale(); }

std::string date_text(std::int64_t wall_us) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(wall_us / 1'000'000)));
}

}  // namespace wayside::cli
