#include "rules/detect/slot_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::rules::detect {

namespace {

struct Weighted {
  double value;
  unsigned weight;
};

// The smallest value with at least `share` of the weight at or below it.
double quantile(std::span<Weighted> sorted_here, double share) {
  std::sort(sorted_here.begin(), sorted_here.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  double total = 0;
  for (const auto& w : sorted_here) total += w.weight;
  double sum = 0;
  for (const auto& w : sorted_here) {
    sum += w.weight;
    if (sum >= share * total) return w.value;
  }
  return sorted_here.back().value;
}

}  // namespace

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

SlotPoints::SlotPoints(std::size_t slots, std::size_t channels, std::size_t points)
    : slots_(slots), channels_(channels), points_(points), weights_(slots * points) {
  for (std::size_t c = 0; c < channels; ++c) codes_.at(c).resize(slots * points);
}

std::array<double, 2> SlotPoints::at(std::size_t index) const {
  return {static_cast<double>(codes_[0][index]), channels_ > 1 ? static_cast<double>(codes_[1][index]) : 0.0};
}

void SlotPoints::put(std::size_t index, const std::array<double, 2>& code, unsigned weight) {
  for (std::size_t c = 0; c < channels_; ++c) {
    const auto rounded = std::clamp(std::nearbyint(code.at(c)), -Frame::kLast, Frame::kLast);
    codes_.at(c)[index] = static_cast<std::int16_t>(rounded);
  }
  weights_[index] = static_cast<std::uint8_t>(std::min(weight, 255U));
}

void SlotPoints::absorb(std::size_t index, const std::array<double, 2>& code, unsigned weight) {
  const auto old = at(index);
  const auto total = static_cast<double>(weights_[index] + weight);
  const auto share = weight / total;
  put(index, {old[0] + (code[0] - old[0]) * share, old[1] + (code[1] - old[1]) * share}, weights_[index] + weight);
}

struct SlotPoints::Pair {
  std::size_t a;
  std::size_t b;  // points_: the new one
};

SlotPoints::Pair SlotPoints::nearest(std::size_t slot, const std::array<double, 2>& code,
                                     const std::array<double, 2>& scale) const {
  std::array<std::array<float, kMaxPoints + 1>, 2> at_scale{};
  const auto first = slot * points_;
  for (std::size_t c = 0; c < channels_; ++c) {
    const auto per = 1 / scale.at(c);
    for (std::size_t i = 0; i < points_; ++i) at_scale.at(c)[i] = static_cast<float>(codes_.at(c)[first + i] * per);
    at_scale.at(c)[points_] = static_cast<float>(code.at(c) * per);
  }
  Pair best{0, points_};
  auto least = std::numeric_limits<float>::infinity();
  for (std::size_t b = 1; b <= points_; ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      const auto dx = at_scale[0][a] - at_scale[0][b];
      const auto dy = at_scale[1][a] - at_scale[1][b];
      const auto distance = dx * dx + dy * dy;
      if (distance < least) {
        least = distance;
        best = {a, b};
      }
    }
  }
  return best;
}

void SlotPoints::add(std::size_t slot, const std::array<double, 2>& code, const std::array<double, 2>& scale,
                     unsigned weight) {
  const auto first = slot * points_;
  if (this->weight(slot) + weight > kForgetAt) forget(slot);
  for (std::size_t i = first; i < first + points_; ++i) {
    if (weights_[i] != 0) continue;
    put(i, code, weight);
    return;
  }
  const auto pair = nearest(slot, code, scale);
  if (pair.b == points_) {
    absorb(first + pair.a, code, weight);
    return;
  }
  absorb(first + pair.a, at(first + pair.b), weights_[first + pair.b]);
  put(first + pair.b, code, weight);
}

void SlotPoints::forget(std::size_t slot) {
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i)
    weights_[i] = static_cast<std::uint8_t>(weights_[i] / 2);
}

void SlotPoints::halve_codes(std::size_t channel, int times) {
  const auto factor = std::ldexp(1.0, -times);
  for (auto& code : codes_.at(channel)) code = static_cast<std::int16_t>(std::nearbyint(code * factor));
}

void SlotPoints::clear() { std::fill(weights_.begin(), weights_.end(), std::uint8_t{0}); }

double SlotPoints::spread(std::size_t slot, std::size_t channel) const {
  std::array<Weighted, kMaxPoints> kept{};
  std::size_t n = 0;
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i)
    if (weights_[i] != 0) kept.at(n++) = {static_cast<double>(codes_.at(channel)[i]), weights_[i]};
  if (n < 2) return 0;
  const std::span<Weighted> all(kept.data(), n);
  const auto median = quantile(all, 0.5);
  for (auto& w : all) w.value = std::fabs(w.value - median);
  return quantile(all, 0.9) / 1.645;
}

unsigned SlotPoints::weight(std::size_t slot) const {
  unsigned out = 0;
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i) out += weights_[i];
  return out;
}

// The kernel is that of Student's t: (1 + d^2/16)^-8 is near to exp(-d^2/2), with a tail that never ends at zero.
double SlotPoints::sum(std::size_t first, std::size_t slots, const std::array<double, 2>& code,
                       const std::array<double, 2>& width) const {
  const auto begin = first * points_;
  const auto end = begin + slots * points_;
  const auto x = static_cast<float>(code[0]);
  const auto y = static_cast<float>(code[1]);
  const auto per_x = static_cast<float>(0.25 / width[0]);
  const auto per_y = static_cast<float>(0.25 / width[1]);
  const auto two = channels_ > 1;
  float out = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const auto dx = (static_cast<float>(codes_[0][i]) - x) * per_x;
    const auto dy = two ? (static_cast<float>(codes_[1][i]) - y) * per_y : 0.0F;
    const auto near = 1 / (1 + dx * dx + dy * dy);
    const auto near2 = near * near;
    const auto near4 = near2 * near2;
    out += static_cast<float>(weights_[i]) * near4 * near4;
  }
  return static_cast<double>(out);
}

unsigned SlotPoints::point_weight(std::size_t slot, std::size_t point) const {
  return weights_[slot * points_ + point];
}

double SlotPoints::point_code(std::size_t slot, std::size_t point, std::size_t channel) const {
  return codes_.at(channel)[slot * points_ + point];
}

void SlotPoints::save(base::ByteWriter& out) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    out.u8(weights_[i]);
    if (weights_[i] == 0) continue;
    for (std::size_t c = 0; c < channels_; ++c) {
      const auto code = static_cast<std::uint16_t>(codes_.at(c)[i]);
      out.u8(static_cast<std::uint8_t>(code & 0xFFU));
      out.u8(static_cast<std::uint8_t>(code >> 8U));
    }
  }
}

bool SlotPoints::load(base::ByteReader& in) {
  for (std::size_t i = 0; i < weights_.size() && in.ok(); ++i) {
    weights_[i] = in.u8();
    if (weights_[i] == 0) continue;
    for (std::size_t c = 0; c < channels_; ++c) {
      const auto low = static_cast<unsigned>(in.u8());
      const auto code = low | (static_cast<unsigned>(in.u8()) << 8U);
      codes_.at(c)[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(code));
      if (codes_.at(c)[i] == std::numeric_limits<std::int16_t>::min()) return false;
    }
  }
  return in.ok();
}

std::size_t SlotPoints::bytes() const {
  return sizeof(*this) + weights_.capacity() + (codes_[0].capacity() + codes_[1].capacity()) * sizeof(std::int16_t);
}

}  // namespace wayside::rules::detect
