// How a channel's values are written in 16 bits: value = origin + step * code. The frame grows with what recurs, not
// with a single wild value. Plain value; home: that of its baseline.
#pragma once

#include "base/bytes.hpp"

namespace wayside::rules::detect {

class Frame {
 public:
  static constexpr double kLast = 32767;  // codes reach from -kLast to it

  Frame() = default;
  Frame(double origin, double step) : origin_(origin), step_(step) {}

  // False: the value is out of range, and not to be learned. After some of those on end the frame is to grow.
  bool admit(double value);
  [[nodiscard]] int doublings() const;  // of the step that take in what was refused; 0: not yet
  void grow(int doublings);
  [[nodiscard]] double code(double value) const { return (value - origin_) / step_; }
  [[nodiscard]] double value(double code) const { return origin_ + step_ * code; }
  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] bool known() const { return step_ > 0; }

  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);

 private:
  static constexpr int kRefusals = 8;
  double origin_ = 0;
  double step_ = 0;
  double nearest_ = 0;  // of the refused, in codes from the origin
  int refused_ = 0;
};

}  // namespace wayside::rules::detect
