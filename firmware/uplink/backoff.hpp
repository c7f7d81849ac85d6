// Delays between connection attempts: exponential with full jitter, so that many gateways that lost the same
// broker do not come back as one wave (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015). Pure.
#pragma once

#include <chrono>

#include "base/random.hpp"

namespace wayside::uplink {

class Backoff {
 public:
  struct Limits {
    std::chrono::milliseconds first{1000};
    std::chrono::milliseconds most{60'000};
    std::chrono::milliseconds least{100};
  };

  Backoff(Limits limits, base::Random& random) : limits_(limits), random_(random) {}

  // Uniform in [least, min(most, first * 2^attempts)].
  [[nodiscard]] std::chrono::milliseconds next();
  void reset() { attempts_ = 0; }
  // Uniform in [least, first]: between brokers of one round.
  [[nodiscard]] std::chrono::milliseconds within_round();
  // Uniform in [most / 2, most]; the next ones are as long.
  [[nodiscard]] std::chrono::milliseconds longest();

 private:
  [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most);

  Limits limits_;
  base::Random& random_;
  int attempts_ = 0;
};

}  // namespace wayside::uplink
