// A device of which only the registers are known: the points of its profile as they are, and nothing that they mean
// together. What `wayside profiles import` makes unless told otherwise. Pure, without state; see README.md.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& generic_family();

}  // namespace wayside::drivers
