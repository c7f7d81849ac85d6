// Times of a serial line (Modbus over serial line V1.02, 2.5.1.1): the silent gap of 3.5 characters between frames,
// computed up to 19,200 baud (11 bits a character) and fixed at 1.75 ms above. Pure.
#pragma once

#include <chrono>
#include <cstddef>

namespace wayside::bus {

// Requires: baud > 0.
[[nodiscard]] std::chrono::microseconds frame_gap(int baud);

// How long `size` characters of 8 data bits take: a start bit, parity if any, one or two stop bits.
[[nodiscard]] std::chrono::microseconds time_on_wire(std::size_t size, int baud, bool parity, int stop_bits);

}  // namespace wayside::bus
