// Which step of a light plan is in force at an instant. Pure. Home: core.
#pragma once

#include <optional>
#include <span>

#include "model/place.hpp"
#include "model/rule_spec.hpp"
#include "rules/site_time.hpp"

namespace wayside::pipeline {

// The step that began last, within the two days before `date`. Sunrise and sunset are where the sun's centre stands
// 0.833 degrees below the horizon (refraction and the sun's radius), to the minute; a day without them (polar summer)
// has no such step. Requires: a position where a step names the sun; not empty.
[[nodiscard]] const model::PlanStep& step_in_force(std::span<const model::PlanStep> plan, rules::SiteDate date,
                                                   std::optional<model::Position> position);

}  // namespace wayside::pipeline
