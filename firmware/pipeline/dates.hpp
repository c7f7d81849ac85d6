// Dates of the instants of boots, from where their clocks met the wall clock: of each instant by the nearest such
// anchor of its boot. A value: what TimeKeeper knows at one moment, to be used on another thread.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "ports/history.hpp"
#include "wire/envelope.hpp"

namespace wayside::pipeline {

// The date of an offset by one anchor.
[[nodiscard]] base::WallTime extrapolate(const wire::TimeAnchor& anchor, base::BootTime offset);

class Dates {
 public:
  using Anchors = std::vector<wire::TimeAnchor>;  // ascending by offset; not empty

  Dates() = default;
  explicit Dates(std::map<base::BootId, Anchors> boots) : boots_(std::move(boots)) {}

  // None: nothing is known of the boot's date.
  [[nodiscard]] std::optional<base::WallTime> wall_of(const base::BootId& boot, base::BootTime offset) const;
  // Of every dated boot the span in which all instants from <= date < until lie; others may lie in it too, where its
  // clock was stepped.
  [[nodiscard]] std::map<base::BootId, ports::BootSpan> spans(base::WallTime from, base::WallTime until) const;

 private:
  std::map<base::BootId, Anchors> boots_;
};

// Requires: not empty.
[[nodiscard]] const wire::TimeAnchor& nearest(const Dates::Anchors& anchors, base::BootTime offset);

}  // namespace wayside::pipeline
