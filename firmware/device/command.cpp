#include <fmt/format.h>

#include <cmath>

#include "device/driver.hpp"

namespace wayside::device {

base::Result<CommandPlan> Driver::command(const CommandRequest& request, const DriverState& /*state*/) const {
  return plan_command(points(), request);
}

base::Result<CommandPlan> plan_command(std::span<const PointSpec> points, const CommandRequest& request) {
  const auto& spec = points[request.point];
  return base::Error{base::Errc::denied, base::Consequence::drop_record,
                     fmt::format("point '{}' cannot be commanded", spec.name)};
}

bool fulfilled(const CommandPlan& plan, const model::Value& measured) {
  const auto expected = model::as_number(plan.expected);
  const auto found = model::as_number(measured);
  if (!expected || !found) return plan.expected == measured;
  return std::abs(*expected - *found) <= plan.tolerance;
}

}  // namespace wayside::device
