// Weather, dust and noise at the road, and the level of water in pipes. README.md: devices, roles, what is told when.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

const device::DriverFamily& environment_family();

}  // namespace wayside::drivers
