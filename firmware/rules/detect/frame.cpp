#include "rules/detect/frame.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::rules::detect {

bool Frame::admit(double value) {
  if (!known()) {
    // 1/1024 of the first value leaves room for 32 times of it; a first zero grows at once.
    origin_ = value;
    step_ = std::max(std::fabs(value) / 1024, 0x1p-40);
  }
  const auto distance = std::fabs(code(value));
  if (distance <= kLast) {
    refused_ = 0;
    return true;
  }
  if (!std::isfinite(distance)) return false;
  nearest_ = refused_ == 0 ? distance : std::min(nearest_, distance);
  ++refused_;
  return false;
}

int Frame::doublings() const {
  if (refused_ < kRefusals) return 0;
  return std::max(1, static_cast<int>(std::ceil(std::log2(nearest_ / kLast))) + 1);
}

void Frame::grow(int doublings) {
  step_ = std::ldexp(step_, doublings);
  refused_ = 0;
}

void Frame::save(base::ByteWriter& out) const {
  out.f64(origin_);
  out.f64(step_);
}

bool Frame::load(base::ByteReader& in) {
  origin_ = in.f64();
  step_ = in.f64();
  refused_ = 0;
  return in.ok() && std::isfinite(origin_) && std::isfinite(step_) && (step_ == 0 || step_ >= 0x1p-40);
}

}  // namespace wayside::rules::detect
