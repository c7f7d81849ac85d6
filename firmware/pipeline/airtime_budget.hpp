// How much of a bus's time devices that do not answer may take: a token bucket whose tokens are time. What an attempt
// costs is known only afterwards (a timeout, or an early answer), so one may begin whenever nothing is owed, and what
// it took over is paid back before the next. Pure: times come in. Home: the bus's.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace wayside::pipeline {

class AirtimeBudget {
 public:
  // `share` of all time, in thousandths. Saved up is at most what ten seconds give: a quiet hour buys no burst.
  // Requires: 1 <= share <= 1000.
  explicit AirtimeBudget(int share = 50) : share_(share), most_(std::chrono::seconds{10} * share / 1000) {}

  void start(base::BootTime now) { at_ = now; }

  // When the next attempt may begin: `now`, or later.
  [[nodiscard]] base::BootTime free_at(base::BootTime now) {
    settle(now);
    if (balance_.count() >= 0) return now;
    return now + (-balance_ * 1000 + std::chrono::microseconds{share_ - 1}) / share_;
  }
  void spend(std::chrono::microseconds took, base::BootTime now) {
    settle(now);
    balance_ -= took;
    // An unlucky start (every device of a long line is silent) must not forbid probes for hours.
    balance_ = std::max(balance_, -most_ * 4);
    spent_ += took;
  }
  // All of it so far.
  [[nodiscard]] std::chrono::microseconds spent() const { return spent_; }

 private:
  void settle(base::BootTime now) {
    // Whole microseconds only; the time that did not make one stays, so that many small steps earn as much as one.
    const auto earned = (now - at_) * share_ / 1000;
    if (earned.count() <= 0) return;
    balance_ = std::min(balance_ + earned, most_);
    at_ += earned * 1000 / share_;
  }

  int share_;
  std::chrono::microseconds most_;
  std::chrono::microseconds balance_{};
  std::chrono::microseconds spent_{};
  base::BootTime at_{};
};

}  // namespace wayside::pipeline
