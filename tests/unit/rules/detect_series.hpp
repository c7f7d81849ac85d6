// Made series and instants for the tests of the detectors.
#pragma once

#include <cstdint>
#include <optional>

#include "rules/detect/detector.hpp"

namespace wayside::rules::test {

inline constexpr std::int64_t kHour = 3600;
inline constexpr std::int64_t kDay = 86'400;

// Numbers that look like noise, the same on every machine: the fractional parts of a Weyl sequence, scrambled.
inline double noise(std::uint64_t i) {
  std::uint64_t x = i * 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<double>((x ^ (x >> 31U)) >> 11U) / 9007199254740992.0 - 0.5;
}

inline detect::Instant instant(std::int64_t at_s, std::optional<std::int64_t> local_s = std::nullopt,
                               bool frozen = false) {
  return {base::from_us(at_s * 1'000'000), local_s, frozen};
}

}  // namespace wayside::rules::test
