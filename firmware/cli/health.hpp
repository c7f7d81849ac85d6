// Whether the gateway does what it is there for: polls, keeps, sends. Pure: from what the daemon says of itself.
#pragma once

#include <string>
#include <vector>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

struct Ailment {
  std::string part;  // "polling", "store", "uplink"
  std::string what;  // a line for people
};

// Empty: it is well. What is over, and what was lost long ago, is no matter of health (`wayside check` tells it).
[[nodiscard]] std::vector<Ailment> ailments(const control::v1::StatusResponse& status,
                                            const control::v1::DevicesResponse& devices,
                                            const control::v1::BusesResponse& buses);

}  // namespace wayside::cli
