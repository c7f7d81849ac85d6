#include "rules/detect/slot_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::rules::detect {

namespace {

struct Weighted {
  float value;
  unsigned weight;
};

// Few and small: an insertion sort is the fastest here.
void sort(std::span<Weighted> all) {
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto moved = all[i];
    auto to = i;
    for (; to > 0 && all[to - 1].value > moved.value; --to) all[to] = all[to - 1];
    all[to] = moved;
  }
}

// The index of the value that `weight` is at or below.
std::size_t reach(std::span<const Weighted> sorted, double weight) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < sorted.size(); ++i) {
    sum += sorted[i].weight;
    if (sum >= weight) return i;
  }
  return sorted.size() - 1;
}

// The distance from sorted[middle] that `weight` is within: the two sides are taken in order of distance.
float distance_within(std::span<const Weighted> sorted, std::size_t middle, double weight) {
  auto below = middle + 1;  // those not taken: [0, below) and [above, end)
  auto above = middle + 1;
  double sum = 0;
  float distance = 0;
  while (sum < weight && (below > 0 || above < sorted.size())) {
    const auto down = below > 0 ? sorted[middle].value - sorted[below - 1].value : INFINITY;
    const auto up = above < sorted.size() ? sorted[above].value - sorted[middle].value : INFINITY;
    distance = std::min(down, up);
    sum += down <= up ? sorted[--below].weight : sorted[above++].weight;
  }
  return distance;
}

// Kernels and distances of kLanes points at once, in a form that a compiler makes vectors of.
constexpr std::size_t kLanes = 8;

}  // namespace

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
  std::array<std::array<float, kMaxPoints + kLanes>, 2> at_scale{};
  const auto first = slot * points_;
  for (std::size_t c = 0; c < channels_; ++c) {
    const auto per = 1 / scale.at(c);
    for (std::size_t i = 0; i < points_; ++i) at_scale.at(c)[i] = static_cast<float>(codes_.at(c)[first + i] * per);
    at_scale.at(c)[points_] = static_cast<float>(code.at(c) * per);
  }
  Pair best{0, points_};
  auto least = std::numeric_limits<float>::infinity();
  for (std::size_t b = 1; b <= points_; ++b) {
    const auto x = at_scale[0][b];
    const auto y = at_scale[1][b];
    for (std::size_t block = 0; block < b; block += kLanes) {
      std::array<float, kLanes> distance;
      for (std::size_t i = 0; i < kLanes; ++i) {
        const auto dx = at_scale[0][block + i] - x;
        const auto dy = at_scale[1][block + i] - y;
        distance[i] = dx * dx + dy * dy;
      }
      for (std::size_t i = 0; i < kLanes && block + i < b; ++i) {
        if (distance[i] >= least) continue;
        least = distance[i];
        best = {block + i, b};
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

struct SlotPoints::Sorted {
  std::array<Weighted, kMaxPoints> kept;
  std::size_t count = 0;
  double weight = 0;
  [[nodiscard]] std::span<const Weighted> all() const { return {kept.data(), count}; }
};

SlotPoints::Sorted SlotPoints::sorted(std::size_t slot, std::size_t channel) const {
  Sorted out;
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i) {
    if (weights_[i] == 0) continue;
    out.kept[out.count++] = {static_cast<float>(codes_[channel][i]), weights_[i]};
    out.weight += weights_[i];
  }
  sort({out.kept.data(), out.count});
  return out;
}

double SlotPoints::spread(std::size_t slot, std::size_t channel, double inner) const {
  const auto all = sorted(slot, channel);
  if (all.count < 2) return 0;
  const auto middle = reach(all.all(), all.weight / 2);
  return static_cast<double>(distance_within(all.all(), middle, all.weight * inner));
}

double SlotPoints::middle(std::size_t slot, std::size_t channel) const {
  const auto all = sorted(slot, channel);
  return all.count == 0 ? 0 : static_cast<double>(all.kept[reach(all.all(), all.weight / 2)].value);
}

void SlotPoints::move(std::size_t slot, std::size_t channel, double codes) {
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i) {
    const auto to = std::clamp(std::nearbyint(codes_[channel][i] + codes), -Frame::kLast, Frame::kLast);
    codes_[channel][i] = static_cast<std::int16_t>(to);
  }
}

void SlotPoints::clear(std::size_t slot) {
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i) weights_[i] = 0;
}

unsigned SlotPoints::weight(std::size_t slot) const {
  unsigned out = 0;
  for (std::size_t i = slot * points_; i < (slot + 1) * points_; ++i) out += weights_[i];
  return out;
}

// The kernel is that of Student's t: (1 + d^2/16)^-8 is near to exp(-d^2/2), and costs no exponential.
SlotPoints::Sums SlotPoints::sum(std::size_t first, std::size_t slots, const std::array<double, 2>& code,
                                 const std::array<double, 2>& width) const {
  const auto begin = first * points_;
  const auto count = slots * points_;
  const auto x = static_cast<float>(code[0]);
  const auto y = static_cast<float>(code[1]);
  const auto per_x = static_cast<float>(0.25 / width[0]);
  const auto per_y = channels_ > 1 ? static_cast<float>(0.25 / width[1]) : 0.0F;
  const auto* xs = codes_[0].data() + begin;
  const auto* ys = codes_[channels_ - 1].data() + begin;
  const auto* ws = weights_.data() + begin;
  const auto kernel = [&](std::size_t i) {
    const auto dx = (static_cast<float>(xs[i]) - x) * per_x;
    const auto dy = (static_cast<float>(ys[i]) - y) * per_y;
    const auto near = 1 / (1 + dx * dx + dy * dy);
    const auto near2 = near * near;
    const auto near4 = near2 * near2;
    return static_cast<float>(ws[i]) * near4 * near4;
  };
  std::array<float, kLanes> sums{};
  std::array<float, kLanes> weights{};
  std::size_t done = 0;
  for (; done + kLanes <= count; done += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      sums[i] += kernel(done + i);
      weights[i] += static_cast<float>(ws[done + i]);
    }
  }
  for (std::size_t i = 0; done < count; ++done, ++i) {
    sums[i] += kernel(done);
    weights[i] += static_cast<float>(ws[done]);
  }
  Sums out{0, 0};
  for (std::size_t i = 0; i < kLanes; ++i) {
    out.kernels += static_cast<double>(sums[i]);
    out.weight += static_cast<double>(weights[i]);
  }
  return out;
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
