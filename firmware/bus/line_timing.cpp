#include "bus/line_timing.hpp"

namespace wayside::bus {

std::chrono::microseconds frame_gap(int baud) {
  constexpr int kFixedAbove = 19'200;
  constexpr std::int64_t kBitsInGap = 3850;  // 3.5 characters of 11 bits, times 100
  if (baud > kFixedAbove) return std::chrono::microseconds{1750};
  return std::chrono::microseconds{(kBitsInGap * 10'000 + baud - 1) / baud};
}

}  // namespace wayside::bus
