// Water meters that speak CJ/T 188-2004. What a product has is in its profile: which data identifier, and where in its
// answer the values lie. Pure, without state; see README.md.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& cjt188_family();

}  // namespace wayside::drivers
