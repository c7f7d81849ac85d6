// What the device tests share: ticks at a given time of day, and reading values out of words. Test code only.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>

#include "sim/devices/device.hpp"

namespace wayside::sim::test {

inline LocalTime at_hour(double hour) {
  using namespace std::chrono;
  return local_days{2015y / September / 1} + milliseconds{static_cast<std::int64_t>(hour * 3.6e6)};
}

// Ticks of 100 ms; simulated time runs `speed` times as fast. The time of day stands still.
inline void run(Device& device, double seconds, double hour, double speed = 1) {
  const auto ticks = static_cast<int>(seconds * 10 + 0.5);
  for (int i = 0; i < ticks; ++i) device.advance({Seconds{0.1 * speed}, Seconds{0.1}, at_hour(hour)});
}

inline unsigned word(const Device& device, int address, Table table = Table::input) {
  const auto words = device.read(table, static_cast<std::uint16_t>(address), 1);
  return words ? (*words)[0] : 0xDEADU;
}
inline int signed_word(const Device& device, int address) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(word(device, address)));
}
inline std::uint32_t u32(const Device& device, int address) {
  return (std::uint32_t{word(device, address)} << 16U) | word(device, address + 1);
}
inline double real(const Device& device, int address) {
  return static_cast<double>(std::bit_cast<float>(u32(device, address)));
}
inline double real_low_first(const Device& device, int address) {
  return static_cast<double>(
      std::bit_cast<float>((std::uint32_t{word(device, address + 1)} << 16U) | word(device, address)));
}

}  // namespace wayside::sim::test
