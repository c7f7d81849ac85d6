// Image Sensing Systems RTMS G4 (and Sx-300) radar: statistics of up to twelve lanes, one interval after another.
// See README.md for items and options, and for how missed intervals are told.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& rtms_g4_family();

}  // namespace wayside::drivers
