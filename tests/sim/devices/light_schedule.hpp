// When street lamps burn and how bright: from after sunset to before sunrise at 45 degrees north, dimmed late at night.
#pragma once

#include "sim/devices/device.hpp"

namespace wayside::sim {

[[nodiscard]] double hour_of_day(LocalTime now);         // [0, 24)
[[nodiscard]] int scheduled_light_level(LocalTime now);  // percent; 0 by day

}  // namespace wayside::sim
