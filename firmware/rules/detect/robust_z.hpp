// Robust z: how far a value lies from the median of the values before it, in units of their median absolute deviation.
// Half of the window may be wrong without harm. For a point with spikes.
//   z = 0.6745 |x - median| / MAD;  where MAD is 0:  z = |x - median| / (1.2533 mean absolute deviation)
// Source: Iglewicz & Hoaglin, How to Detect and Handle Outliers (ASQC, 1993), p. 11; both factors make it sigmas of a
// normal distribution. Scale: sigmas, at most 1e6; 3.5 is the book's limit. Satisfies Detector.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct RobustZSettings {
  std::uint32_t window = 101;  // samples, 3 to RobustZ::kLargestWindow
  std::uint32_t learn = 20;    // samples before the first score, at most `window`
};

class RobustZ {
 public:
  static constexpr std::uint32_t kLargestWindow = 255;  // 4 KiB in memory, 2 KiB saved

  // Requires: settings within their ranges.
  explicit RobustZ(const RobustZSettings& settings);

  // None while learning, and of a value that is not a number.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const;

  // Requires: a sample has been learned.
  [[nodiscard]] double median() const;
  [[nodiscard]] double median_deviation() const;  // MAD, about median()

 private:
  void learn(double value);
  [[nodiscard]] double mean_deviation() const;

  RobustZSettings settings_;
  std::vector<double> recent_;  // a ring, oldest at `at_` once it is full
  std::vector<double> sorted_;  // the same values, ascending
  std::size_t at_ = 0;
};

}  // namespace wayside::rules::detect
