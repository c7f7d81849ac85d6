// Zero count: no vehicle, no pulse, for how long? The probability of a run of zeros, given how many are usual at that
// hour; it adapts by itself from a motorway to a lane in the woods.
//   P(0) = exp(-integral of the expected rate over the run of zeros);  score = -log10 P(0)
// Source: Poisson distribution of counts; as a detector test: expected count of 9 to 12 without a vehicle (domain
// practice for loops), which is a score of 4 to 5. Scale: 4 is one in 10,000. Learns nothing. Satisfies Detector.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct ZeroCountSettings {
  // An interval without a sample that is longer says nothing about what was counted in it, and ends the run.
  std::chrono::seconds longest{900};
};

class ZeroCount {
 public:
  explicit ZeroCount(const ZeroCountSettings& settings) : settings_(settings) {}

  // `values`: what was counted since the sample before, and the expected rate (counts per second, e.g. of a baseline
  // by hour of week). None of the first sample and of numbers that are not counts and rates; the run goes on.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const { return sizeof(*this); }

  // The count that would have been usual during the run of zeros.
  [[nodiscard]] double expected() const { return expected_; }

 private:
  ZeroCountSettings settings_;
  std::optional<base::BootTime> last_;
  double expected_ = 0;
};

}  // namespace wayside::rules::detect
