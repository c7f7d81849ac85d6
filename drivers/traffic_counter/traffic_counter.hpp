// Traffic counters with lanes. Points with the role `counter` become endless totals; beside each stand the vehicles
// since the last good sample and the flow, never negative and never a giant step. See README.md for roles and options.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& traffic_counter_family();

}  // namespace wayside::drivers
