// Interrogators of fibre Bragg gratings (FBG): wavelengths of reflected peaks become temperatures and strains of the
// sensors along a fibre. See README.md for items, options, formulas and what is told when peaks are missing.
#pragma once

#include "device/driver.hpp"

namespace wayside::drivers {

[[nodiscard]] const device::DriverFamily& fbg_interrogator_family();

}  // namespace wayside::drivers
