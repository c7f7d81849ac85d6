// ADEC TDC1, TDC3 and TDC4 traffic detectors: single vehicles over an FT1.2 link, one detector a lane.
// See README.md for the items, the options and how nothing gets lost.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& adec_tdc_family();

}  // namespace wayside::drivers
