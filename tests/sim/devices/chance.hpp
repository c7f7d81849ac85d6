// Draws that the field makes: noise, slow drift, arrivals. Pure functions of a base::Random.
#pragma once

#include <cstdint>

#include "base/random.hpp"

namespace wayside::sim {

[[nodiscard]] double gaussian(base::Random& random);  // mean 0, deviation 1
[[nodiscard]] std::uint32_t poisson(base::Random& random, double mean);

// A value wandering about zero with a given deviation, forgetting itself over `memory_seconds` (Ornstein-Uhlenbeck).
class Drift {
 public:
  Drift(double deviation, double memory_seconds) : deviation_(deviation), memory_seconds_(memory_seconds) {}
  double advance(base::Random& random, double seconds);
  [[nodiscard]] double value() const { return value_; }

 private:
  double deviation_;
  double memory_seconds_;
  double value_ = 0;
};

}  // namespace wayside::sim
