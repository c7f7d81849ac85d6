#include "pipeline/light_plan.hpp"

#include <cstdint>

#include "rules/features/clock.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHalfDay = 43'200;
constexpr std::int64_t kDay = 2 * kHalfDay;
constexpr double kHorizon = -0.833;

// When the sun crosses the horizon between its lowest and its highest point (UTC seconds); none: it does not.
std::optional<std::int64_t> crossing(model::Position position, std::int64_t low, std::int64_t high) {
  if (rules::sun_elevation(position, low) >= kHorizon || rules::sun_elevation(position, high) < kHorizon) return {};
  while (high - low > 1 || low - high > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (rules::sun_elevation(position, middle) < kHorizon ? low : high) = middle;
  }
  return high;
}

// When the step began on the day of `noon` (that of the sun, UTC seconds), whose local midnight was `midnight`.
std::optional<std::int64_t> begins(const model::PlanStep& step, std::int64_t midnight, std::int64_t noon,
                                   std::optional<model::Position> position) {
  const std::int64_t minutes = step.minutes * kMinute;
  if (step.from == model::PlanStep::From::clock) return midnight + minutes;
  if (!position) return std::nullopt;
  const bool rise = step.from == model::PlanStep::From::sunrise;
  const auto at = crossing(*position, rise ? noon - kHalfDay : noon + kHalfDay, noon);
  return at ? std::optional(*at + minutes) : std::nullopt;
}

std::int64_t floor_day(std::int64_t seconds) { return seconds - ((seconds % kDay) + kDay) % kDay; }

}  // namespace

const model::PlanStep& step_in_force(std::span<const model::PlanStep> plan, rules::SiteDate date,
                                     std::optional<model::Position> position) {
  const std::int64_t ahead = date.local_s - date.utc_s;
  const std::int64_t today = floor_day(date.local_s) - ahead;
  const auto* best = &plan.front();
  std::optional<std::int64_t> best_at;
  for (std::int64_t day = -2; day <= 1; ++day) {
    const std::int64_t midnight = today + day * kDay;
    // Mean solar noon: the equation of time is a quarter of an hour at most, and the sun far from the horizon then.
    const auto longitude = position ? position->longitude : 0.0;
    const std::int64_t noon = floor_day(midnight + ahead) + kHalfDay - static_cast<std::int64_t>(longitude * 240);
    for (const auto& step : plan) {
      const auto at = begins(step, midnight, noon, position);
      if (!at || *at > date.utc_s || (best_at && *at < *best_at)) continue;
      best = &step;
      best_at = at;
    }
  }
  return *best;
}

}  // namespace wayside::pipeline
