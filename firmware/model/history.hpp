// What was recorded of a point, as it is told to who asks for its history. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "model/quality.hpp"
#include "model/value.hpp"

namespace wayside::model {

// Of what was thinned: the sample stands for a bucket that begins at it, and its value is the mean.
struct HistoryBucket {
  double min = 0;
  double max = 0;
  std::uint64_t count = 0;
};

struct HistorySample {
  std::string point;  // within the device
  base::WallTime at{};
  Value value;
  Quality quality = Quality::good;
  std::optional<HistoryBucket> bucket;
};

}  // namespace wayside::model
