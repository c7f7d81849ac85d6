// The functions over the samples of the last while: (now - d, now], by the samples' own times. Each sample costs O(1)
// (amortised; quantile_over O(n) moves of a number in a sorted list). Samples that could not be used are not in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "rules/features/feature.hpp"
#include "rules/formula.hpp"

namespace wayside::rules {

// More samples than this no window holds: a longer one belongs on a recording rule with an interval.
inline constexpr std::size_t kMostWindowSamples = 16384;
// How many samples a window of `seconds` needs room for at one every `period_s` (0: not known, taken as a second).
[[nodiscard]] std::size_t window_capacity(double seconds, double period_s);

// Requires: the function is of kind `window`, capacity as window_capacity() says.
[[nodiscard]] std::unique_ptr<Feature> make_window(const FeatureSpec& spec, std::size_t capacity);

}  // namespace wayside::rules
