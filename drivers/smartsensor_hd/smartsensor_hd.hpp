// Wavetronix SmartSensor HD (and RTMS Echo, which speaks the same protocol): what was counted in the last interval,
// lane by lane. See README.md for items and options, and for how missed intervals are told.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& smartsensor_hd_family();

}  // namespace wayside::drivers
