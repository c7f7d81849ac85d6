// Leak detection along a pipe: fibre interrogators with zones (DTS), and leak-sensing cables. The family keeps silence
// from being read as "no leak": zones beyond a fibre break are bad, zones of a frozen interrogator are uncertain, and
// a cable has a leak position only while it has a leak. See README.md for roles, options and state.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& pipe_leak_family();

}  // namespace wayside::drivers
