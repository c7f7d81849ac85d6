// A deviation in sigmas, whatever sigma is. Pure; any thread.
#pragma once

#include <cmath>
#include <span>

namespace wayside::rules::detect {

inline constexpr double kMostSigmas = 1e6;

// Of a thing that never varied any deviation is as unusual as can be, and none is not unusual at all.
[[nodiscard]] inline double in_sigmas(double deviation, double sigma) {
  const double size = std::abs(deviation);
  if (size == 0) return 0;
  const double sigmas = size / sigma;
  return sigmas < kMostSigmas ? sigmas : kMostSigmas;  // also when sigma is zero or not a number
}

// Beyond what any sensor gives; squares stay finite.
inline constexpr double kLargestValue = 1e100;

// The one value of a detector that watches one point: a number that can be reckoned with.
[[nodiscard]] inline bool is_one_number(std::span<const double> values) {
  return values.size() == 1 && std::abs(values[0]) <= kLargestValue;  // false of NaN
}

}  // namespace wayside::rules::detect
