// The last N values of a series, and the means of the newest M and of all of them. Plain value; home: its detector.
// The sums are made anew at each call (30 ns): a running sum would keep the rounding of a giant that has left.
#pragma once

#include <array>
#include <cstddef>

namespace wayside::rules::detect::likelihood {

template <std::size_t N>
class RecentWindow {
 public:
  void push(float value) {
    values_[next_] = value;
    next_ = next_ + 1 == N ? 0 : next_ + 1;
    if (held_ < N) ++held_;
  }

  [[nodiscard]] std::size_t size() const { return held_; }

  // The mean of the newest `count`; count is 1 to size().
  [[nodiscard]] double mean_of_last(std::size_t count) const {
    const std::size_t tail = count < next_ ? count : next_;  // those before next_; the rest ends at N
    const double sum = sum_of(next_ - tail, next_) + sum_of(N - (count - tail), N);
    return sum / static_cast<double>(count);
  }

 private:
  [[nodiscard]] double sum_of(std::size_t from, std::size_t to) const {
    std::array<double, 4> lanes{};  // four sums at a time: one would wait for each addition
    std::size_t i = from;
    for (; i + 4 <= to; i += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] += static_cast<double>(values_[i + lane]);
    }
    for (; i < to; ++i) lanes[0] += static_cast<double>(values_[i]);
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  }

  std::array<float, N> values_{};
  std::size_t next_ = 0;
  std::size_t held_ = 0;
};

}  // namespace wayside::rules::detect::likelihood
