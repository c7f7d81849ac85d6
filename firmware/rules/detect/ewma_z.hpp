// EWMA z: how many sigmas a value lies from its exponentially weighted mean. For a point whose level drifts slowly.
//   z = |x - m| / sqrt(v);  d = x - m,  m <- m + a d,  v <- (1 - a) (v + a d^2),  a = max(1 / samples, alpha)
// Source: mean and variance as in Finch, Incremental calculation of weighted mean and variance (2009), eq. 124 and 143;
// the chart: Roberts, Technometrics 1 (1959). Scale: sigmas, at most 1e6. Satisfies Detector.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct EwmaZSettings {
  double alpha = 0.02;       // 0 < alpha <= 1: a memory of 1 / alpha samples
  std::uint32_t learn = 30;  // samples before the first score
};

class EwmaZ {
 public:
  explicit EwmaZ(const EwmaZSettings& settings) : settings_(settings) {}

  // None while learning, and of a value that is not a number.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const { return sizeof(*this); }

  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double variance() const { return variance_; }

 private:
  EwmaZSettings settings_;
  double mean_ = 0;
  double variance_ = 0;
  std::uint32_t samples_ = 0;  // up to `learn` or 1 / alpha, whichever is later
};

}  // namespace wayside::rules::detect
