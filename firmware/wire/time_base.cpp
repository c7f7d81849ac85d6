#include "wire/time_base.hpp"

namespace wayside::wire {
namespace {

std::int64_t wall_us(const std::optional<base::WallTime>& time) { return time ? time->time_since_epoch().count() : 0; }

}  // namespace

void fill_time(v1::TimeBase& out, const TimeBase& time) {
  if (const auto* anchor = std::get_if<TimeAnchor>(&time)) {
    out.mutable_anchor()->set_offset_us(base::to_us(anchor->offset));
    out.mutable_anchor()->set_wall_us(anchor->wall.time_since_epoch().count());
    out.mutable_anchor()->set_uncertainty_us(anchor->uncertainty.count());
    return;
  }
  const auto& bounds = std::get<TimeBounds>(time);
  out.mutable_bounds()->set_not_before_wall_us(wall_us(bounds.not_before));
  out.mutable_bounds()->set_not_after_wall_us(wall_us(bounds.not_after));
}

}  // namespace wayside::wire
