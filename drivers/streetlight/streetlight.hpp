// Street lights and their supply: single lamps behind a DALI gateway, meters of a feeder. All of a product is in its
// profile; the family adds the number of failed lamps where the profile has points with the role `lamp_failure`.
// Pure, without state; see README.md.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& streetlight_family();

}  // namespace wayside::drivers
