// Times of a serial line (Modbus over serial line V1.02, 2.5.1.1): the silent gap of 3.5 characters between frames,
// computed up to 19,200 baud (11 bits a character) and fixed at 1.75 ms above. Pure.
#pragma once

#include <chrono>

namespace wayside::bus {

// Requires: baud > 0.
[[nodiscard]] std::chrono::microseconds frame_gap(int baud);

}  // namespace wayside::bus
