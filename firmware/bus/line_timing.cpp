#include "bus/line_timing.hpp"

namespace wayside::bus {

std::chrono::microseconds frame_gap(int baud) {
  constexpr int kFixedAbove = 19'200;
  constexpr std::int64_t kBitsInGap = 3850;  // 3.5 characters of 11 bits, times 100
  if (baud > kFixedAbove) return std::chrono::microseconds{1750};
  return std::chrono::microseconds{(kBitsInGap * 10'000 + baud - 1) / baud};
}

std::chrono::microseconds time_on_wire(std::size_t size, int baud, bool parity, int stop_bits) {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const std::int64_t bits = 9 + (parity ? 1 : 0) + stop_bits;
  return std::chrono::microseconds{(static_cast<std::int64_t>(size) * bits * kMicroseconds + baud - 1) / baud};
}

}  // namespace wayside::bus
