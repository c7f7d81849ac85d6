#include "sim/devices/light_schedule.hpp"

#include <cmath>
#include <numbers>

namespace wayside::sim {
namespace {

constexpr double kRadians = std::numbers::pi / 180.0;
constexpr double kLatitude = 45.0 * kRadians;
constexpr double kTwilightHours = 0.25;

// Half the length of the day in hours, from the sun's declination (Cooper's formula).
double half_day_hours(std::chrono::local_days day) {
  const std::chrono::year_month_day date{day};
  const auto new_year = std::chrono::local_days{date.year() / std::chrono::January / 1};
  const double number = static_cast<double>((day - new_year).count() + 1);
  const double declination = 23.44 * kRadians * std::sin(2.0 * std::numbers::pi * (284.0 + number) / 365.0);
  return std::acos(-std::tan(kLatitude) * std::tan(declination)) / (15.0 * kRadians);
}

}  // namespace

double hour_of_day(LocalTime now) {
  const auto midnight = std::chrono::floor<std::chrono::days>(now);
  return std::chrono::duration<double, std::ratio<3600>>(now - midnight).count();
}

int scheduled_light_level(LocalTime now) {
  const double half = half_day_hours(std::chrono::floor<std::chrono::days>(now));
  const double hour = hour_of_day(now);
  if (hour > 12.0 - half - kTwilightHours && hour < 12.0 + half + kTwilightHours) return 0;
  return hour >= 23.0 || hour < 5.0 ? 60 : 100;
}

}  // namespace wayside::sim
