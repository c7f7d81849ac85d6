#include "sim/devices/chance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wayside::sim {

double gaussian(base::Random& random) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - random.unit()));
  return radius * std::cos(2.0 * std::numbers::pi * random.unit());
}

std::uint32_t poisson(base::Random& random, double mean) {
  if (mean <= 0) return 0;
  if (mean > 30) {  // the normal is close enough there
    return static_cast<std::uint32_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * gaussian(random))));
  }
  const double limit = std::exp(-mean);
  std::uint32_t count = 0;
  for (double product = random.unit(); product > limit; product *= random.unit()) ++count;
  return count;
}

double Drift::advance(base::Random& random, double seconds) {
  const double keep = std::exp(-seconds / memory_seconds_);
  value_ = keep * value_ + deviation_ * std::sqrt(1.0 - keep * keep) * gaussian(random);
  return value_;
}

}  // namespace wayside::sim
