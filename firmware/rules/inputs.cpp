#include "rules/inputs.hpp"

#include <cmath>

namespace wayside::rules {
namespace {
constexpr int kPeriodsUntilStale = 3;
constexpr std::chrono::microseconds kTick{1};
}  // namespace

bool is_stale(const model::PointTable& points, model::PointHandle point, base::BootTime now) {
  const auto period = points.info(point).period;
  return period.count() > 0 && now - points.newest(point).at > period * kPeriodsUntilStale;
}

Inputs::Inputs(const model::PointTable& points) : points_(points) {
  max_age_.reserve(points.size());
  for (const auto& info : points.infos()) max_age_.push_back(info.period * kPeriodsUntilStale);
}

bool Inputs::is_stale(model::PointHandle point, base::BootTime now) const {
  const auto max_age = max_age_[model::index(point)];
  return max_age.count() > 0 && now - points_.newest(point).at > max_age;
}

std::optional<double> Inputs::usable(model::PointHandle point, base::BootTime now) const {
  const auto& reading = points_.newest(point);
  if (model::is_bad(reading.quality) || reading.quality == model::Quality::uncertain_initial_value) return std::nullopt;
  if (is_stale(point, now)) return std::nullopt;
  const auto number = model::as_number(reading.value);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<base::BootTime> Inputs::stale_at(model::PointHandle point, base::BootTime now) const {
  const auto max_age = max_age_[model::index(point)];
  if (max_age.count() <= 0 || is_stale(point, now)) return std::nullopt;
  return points_.newest(point).at + max_age + kTick;
}

}  // namespace wayside::rules
