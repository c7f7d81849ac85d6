// CUSUM, two-sided: deviations from the mean beyond an allowance add up, so that a small lasting shift is found that no
// single value shows.
//   up <- max(0, up + (x - mean) / sigma - k),  down <- max(0, down - (x - mean) / sigma - k),  score = max(up, down)
// Source: Page, Biometrika 41 (1954); tabular form, Montgomery, Introduction to Statistical Quality Control, ch. 9.1;
// k = 0.5 and a limit h = 4 to 5 find a shift of one sigma within about ten samples. Scale: sigmas added up; alarm at
// score > h. The sums stop at 2 h: a shift that ends is forgotten in the time it takes to fall from there.
// Satisfies Detector.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct CusumSettings {
  double k = 0.5;             // sigmas a value may deviate for nothing
  double h = 5;               // the limit the rule compares with
  std::uint32_t learn = 100;  // samples mean and sigma are learned from, once; at least 2. Not with `given`
  struct Known {
    double mean = 0;
    double sigma = 1;  // above 0
  };
  std::optional<Known> given = std::nullopt;
};

class Cusum {
 public:
  explicit Cusum(const CusumSettings& settings);

  // None while learning, and of a value that is not a number.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const { return sizeof(*this); }

  [[nodiscard]] double up() const { return up_; }
  [[nodiscard]] double down() const { return down_; }

 private:
  void learn(double value);
  [[nodiscard]] double sigma() const;

  CusumSettings settings_;
  double mean_ = 0;
  double squares_ = 0;  // sum of squared deviations from the mean
  std::uint32_t samples_ = 0;
  double up_ = 0;
  double down_ = 0;
};

}  // namespace wayside::rules::detect
