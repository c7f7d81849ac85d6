#include "rules/features/clock.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

namespace wayside::rules {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr double kRadians = std::numbers::pi / 180;

std::int64_t modulo(std::int64_t a, std::int64_t b) { return ((a % b) + b) % b; }

class Clock final : public Feature {
 public:
  Clock(FunctionId id, int from, int until, model::Position position)
      : id_(id), from_(from), until_(until), position_(position) {}

  FeatureOutput run(const FeatureInput& in) override {
    FeatureOutput out;
    out.next = in.now + kMinute * kMicroseconds;
    if (!in.date) return out;
    const std::int64_t second = modulo(in.date->local_s, kDay);
    out.known = true;
    if (id_ == FunctionId::hour) {
      out.value = static_cast<double>(second / kHour);
      soonest(out, in.now, kHour - second % kHour);
    } else if (id_ == FunctionId::weekday) {
      out.value = static_cast<double>(modulo(in.date->local_s / kDay - (in.date->local_s < 0 ? 1 : 0) + 3, 7) + 1);
      soonest(out, in.now, kDay - second);
    } else if (id_ == FunctionId::time_between) {
      const auto minute = static_cast<int>(second / kMinute);
      const bool inside = from_ <= until_ ? minute >= from_ && minute < until_ : minute >= from_ || minute < until_;
      out.value = inside ? 1 : 0;
      soonest(out, in.now, modulo((inside ? until_ : from_) * kMinute - second, kDay));
    } else {
      out.value = sun_elevation(position_, in.date->utc_s);
    }
    return out;
  }
  std::size_t bytes() const override { return sizeof(*this); }
  bool asks_date() const override { return true; }

 private:
  static void soonest(FeatureOutput& out, std::int64_t now, std::int64_t seconds) {
    if (seconds > 0) out.next = std::min(out.next, now + seconds * kMicroseconds);
  }

  FunctionId id_;
  int from_;
  int until_;
  model::Position position_;
};

}  // namespace

std::optional<int> minute_of_day(std::string_view text) {
  int hour = 0;
  int minute = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, hour);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minute);
  if (second.ec != std::errc{} || second.ptr != end || second.ptr - first.ptr != 3) return std::nullopt;
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || (hour == 24 && minute != 0)) return std::nullopt;
  return hour * 60 + minute;
}

double sun_elevation(model::Position position, std::int64_t utc_s) {
  const double century = (static_cast<double>(utc_s) / 86400.0 + 2440587.5 - 2451545.0) / 36525.0;
  const double mean_longitude = std::fmod(280.46646 + century * (36000.76983 + century * 0.0003032), 360.0);
  const double mean_anomaly = 357.52911 + century * (35999.05029 - 0.0001537 * century);
  const double eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century);
  const double m = mean_anomaly * kRadians;
  const double centre = std::sin(m) * (1.914602 - century * (0.004817 + 0.000014 * century)) +
                        std::sin(2 * m) * (0.019993 - 0.000101 * century) + std::sin(3 * m) * 0.000289;
  const double node = (125.04 - 1934.136 * century) * kRadians;
  const double apparent = (mean_longitude + centre - 0.00569 - 0.00478 * std::sin(node)) * kRadians;
  const double seconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813));
  const double obliquity = (23.0 + (26.0 + seconds / 60.0) / 60.0 + 0.00256 * std::cos(node)) * kRadians;
  const double declination = std::asin(std::sin(obliquity) * std::sin(apparent));

  const double y = std::pow(std::tan(obliquity / 2), 2);
  const double l = mean_longitude * kRadians;
  const double equation_of_time =  // minutes
      4 / kRadians *
      (y * std::sin(2 * l) - 2 * eccentricity * std::sin(m) + 4 * eccentricity * y * std::sin(m) * std::cos(2 * l) -
       0.5 * y * y * std::sin(4 * l) - 1.25 * eccentricity * eccentricity * std::sin(2 * m));
  const double minute = static_cast<double>(modulo(utc_s, kDay)) / 60.0;
  const double solar = std::fmod(minute + equation_of_time + 4 * position.longitude + 2880.0, 1440.0);
  const double hour_angle = (solar / 4 - 180) * kRadians;
  const double latitude = position.latitude * kRadians;
  const double sine =
      std::sin(latitude) * std::sin(declination) + std::cos(latitude) * std::cos(declination) * std::cos(hour_angle);
  return std::asin(std::clamp(sine, -1.0, 1.0)) / kRadians;
}

std::unique_ptr<Feature> make_clock(const FeatureSpec& spec, std::optional<model::Position> position) {
  const bool between = spec.function->id == FunctionId::time_between;
  const int from = between ? minute_of_day(spec.texts[0]).value_or(0) : 0;
  const int until = between ? minute_of_day(spec.texts[1]).value_or(0) : 0;
  return std::make_unique<Clock>(spec.function->id, from, until, position.value_or(model::Position{}));
}

}  // namespace wayside::rules
