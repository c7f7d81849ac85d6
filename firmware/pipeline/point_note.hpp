// What the stages on the way said of a point's newest sample, and its last good value: for `wayside why`. Kept in
// memory alone, since the start: at most 96 bytes a point and the bytes of a text. Values. Home: core.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "model/value.hpp"

namespace wayside::pipeline {

struct PointNote {
  model::Value good;         // the last value of good quality; none since the start
  base::BootTime good_at{};  // of it
  base::BootTime told_at{};  // of the last sample that telemetry told; zero: none
  std::uint16_t faults = 0;  // bits of Fault: what the quality gate found at the newest sample
  bool held_back = false;    // the dead band kept the newest sample from telemetry
};

}  // namespace wayside::pipeline
