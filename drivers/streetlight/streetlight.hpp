// Street lights and their supply: single lamps behind a DALI gateway, meters of a feeder. All of a product is in its
// profile; the family adds the number of failed lamps (role `lamp_failure`) and relays that are not in the state they
// were told to be in (roles `relay_command`, `relay_real`). Pure, without state; see README.md.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& streetlight_family();

}  // namespace wayside::drivers
