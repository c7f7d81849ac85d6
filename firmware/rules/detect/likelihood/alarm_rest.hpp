// The rest after an alarm: one event is told once. Plain value; home: its detector. It counts samples, not time.
//
// A surprise that reaches kLevel is an event. For kRest samples after it a surprise counts only by how far it is above
// the event's by more than kMargin (ten times rarer); and each event of the last kHabit samples takes kHabitStep off
// what follows: a series that often does rare things has to do rarer ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace wayside::rules::detect::likelihood {

class AlarmRest {
 public:
  // What is left of this sample's surprise (-log10 of a probability).
  double pass(double surprise) {
    events_ *= kKeep;
    double left = surprise - kHabitStep * events_;
    if (resting_ > 0) {
      --resting_;
      left = std::min(left, surprise - (last_ + kMargin) + kLevel);
    }
    if (left >= kLevel) {
      events_ += 1.0;
      last_ = surprise;
      resting_ = kRest;
    }
    return std::max(left, 0.0);
  }

  [[nodiscard]] double events() const { return events_; }  // of about the last kHabit samples
  void restore(double events) { events_ = events; }

  static constexpr double kLevel = 2.6;  // once in 400 samples; NAB's tune half puts it at 2.4 to 2.7
  static constexpr double kMargin = 1.0;
  static constexpr std::uint32_t kRest = 160;
  static constexpr double kHabit = 10'000.0;
  static constexpr double kHabitStep = 0.1;
  static constexpr double kMostEvents = kHabit;

 private:
  static constexpr double kKeep = 1.0 - 1.0 / kHabit;

  double events_ = 0.0;
  double last_ = 0.0;
  std::uint32_t resting_ = 0;
};

}  // namespace wayside::rules::detect::likelihood
