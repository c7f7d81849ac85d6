// Electricity meters that speak DL/T 645-2007. All of a product is in its profile: which data identifiers, and where in
// their answers the values lie. Pure, without state; see README.md.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& dlt645_family();

}  // namespace wayside::drivers
