// Dead band of telemetry: a change smaller than this is not sent by itself. Of both limits the larger counts; with
// both zero every change is sent and an unchanged value is not. Bad quality and its end are always sent.
#pragma once

#include <chrono>

namespace wayside::model {

struct DeadBand {
  double absolute = 0;                                          // in the point's unit
  double percent = 0;                                           // of the last value told
  std::chrono::microseconds at_least{std::chrono::minutes{5}};  // a value is sent at least this often
};

}  // namespace wayside::model
