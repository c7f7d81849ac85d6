// What a driver states, before the gateway knows the point: the driver's own point number, value, quality.
#pragma once

#include <cstdint>

#include "model/quality.hpp"
#include "model/value.hpp"

namespace wayside::model {

struct Sample {
  std::uint32_t point = 0;  // index into Driver::points()
  Value value;
  Quality quality = Quality::good;
};

}  // namespace wayside::model
