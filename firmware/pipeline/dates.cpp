#include "pipeline/dates.hpp"

#include <algorithm>

namespace wayside::pipeline {

base::WallTime extrapolate(const wire::TimeAnchor& anchor, base::BootTime offset) {
  return anchor.wall + (offset - anchor.offset);
}

const wire::TimeAnchor& nearest(const Dates::Anchors& anchors, base::BootTime offset) {
  return *std::ranges::min_element(anchors, {},
                                   [offset](const wire::TimeAnchor& a) { return std::chrono::abs(a.offset - offset); });
}

std::optional<base::WallTime> Dates::wall_of(const base::BootId& boot, base::BootTime offset) const {
  const auto found = boots_.find(boot);
  if (found == boots_.end() || found->second.empty()) return std::nullopt;
  return extrapolate(nearest(found->second, offset), offset);
}

std::map<base::BootId, ports::BootSpan> Dates::spans(base::WallTime from, base::WallTime until) const {
  std::map<base::BootId, ports::BootSpan> out;
  for (const auto& [boot, anchors] : boots_) {
    std::optional<ports::BootSpan> span;
    for (const auto& anchor : anchors) {
      const ports::BootSpan by{anchor.offset + (from - anchor.wall), anchor.offset + (until - anchor.wall)};
      span = span ? ports::BootSpan{std::min(span->from, by.from), std::max(span->until, by.until)} : by;
    }
    if (span && span->until > base::BootTime{}) out[boot] = *span;
  }
  return out;
}

}  // namespace wayside::pipeline
