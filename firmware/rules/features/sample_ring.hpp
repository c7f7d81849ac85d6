// The samples of a window, oldest first, in memory that is taken once. When it is full the oldest goes early; that is
// counted, since the window is then shorter than it should be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wayside::rules {

struct WindowSample {
  std::int64_t at = 0;
  double value = 0;
};

class SampleRing {
 public:
  explicit SampleRing(std::size_t capacity) : samples_(capacity) {}

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool full() const { return count_ == samples_.size(); }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t capacity() const { return samples_.size(); }
  [[nodiscard]] std::size_t bytes() const { return samples_.capacity() * sizeof(WindowSample); }
  // 0 is the oldest. Requires: i < size().
  [[nodiscard]] const WindowSample& operator[](std::size_t i) const { return samples_[place(i)]; }
  [[nodiscard]] const WindowSample& front() const { return samples_[first_]; }
  [[nodiscard]] const WindowSample& back() const { return samples_[place(count_ - 1)]; }

  // Requires: not full().
  void push(WindowSample sample) { samples_[place(count_++)] = sample; }
  void pop_front() {
    first_ = first_ + 1 == samples_.size() ? 0 : first_ + 1;
    --count_;
  }
  void pop_back() { --count_; }

 private:
  [[nodiscard]] std::size_t place(std::size_t i) const {
    const std::size_t at = first_ + i;
    return at < samples_.size() ? at : at - samples_.size();
  }

  std::vector<WindowSample> samples_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace wayside::rules
