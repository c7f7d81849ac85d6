// A sample that has its place in the gateway: which point, when (end of its bus read), how good.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "model/quality.hpp"
#include "model/value.hpp"

namespace wayside::model {

struct Reading {
  PointHandle point{};
  Value value;
  Quality quality = Quality::good;
  base::BootTime at{};
};

// All readings of one bus read: an instant at which rules run. Every `at` inside equals the batch's.
struct ReadingBatch {
  DeviceId device;
  base::BootTime at{};
  std::vector<Reading> readings;
};

}  // namespace wayside::model
