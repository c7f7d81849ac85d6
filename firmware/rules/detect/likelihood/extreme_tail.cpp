#include "rules/detect/likelihood/extreme_tail.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace wayside::rules::detect::likelihood {
namespace {

// Stands for a threshold of nothing, so that the first movement of a constant series has a finite ratio to it.
constexpr double kSmallest = 1e-30;
constexpr double kFade = 1.0 - 0.5 / ExtremeTail::kMemory;
constexpr float kFoldFadeAt = 0.5F;

double at_least_smallest(double value) { return std::max(value, kSmallest); }

}  // namespace

double ExtremeTail::surprise(double residual) const {
  if (!ready() || tail_ == 0) return 0.0;
  const double threshold = at_least_smallest(static_cast<double>(largest_[tail_]) * static_cast<double>(fade_));
  if (!(residual > threshold)) return 0.0;
  const double count = kPriorCount + tail_;
  const double sum = std::max(log_sum_ + kPriorCount * kPriorMean, count * kLeastMean);
  return std::log10(static_cast<double>(seen_) / tail_) +
         count * std::log10(1.0 + (std::log(residual) - std::log(threshold)) / sum);
}

void ExtremeTail::learn(double residual) {
  if (seen_ < kMemory) {
    ++seen_;
  } else {
    fade_ *= static_cast<float>(kFade);
  }
  const double stored = std::min(residual / static_cast<double>(fade_), double{std::numeric_limits<float>::max()});
  const auto value = static_cast<float>(stored);
  const bool room = held_ <= kRecords;
  if (room || value > largest_[kRecords]) {
    std::size_t i = room ? held_++ : kRecords;
    for (; i > 0 && largest_[i - 1] < value; --i) largest_[i] = largest_[i - 1];
    largest_[i] = value;
    refresh();
  } else if (tail_size() != tail_) {
    refresh();
  }
}

std::size_t ExtremeTail::tail_size() const {
  const auto share = static_cast<std::size_t>(kTailShare * seen_);
  const std::size_t size = std::clamp<std::size_t>(share, 2, kRecords);
  return size < held_ ? size : 0;
}

void ExtremeTail::refresh() {
  if (fade_ < kFoldFadeAt) {
    for (auto& record : largest_) record *= fade_;
    fade_ = 1.0F;
  }
  tail_ = static_cast<std::uint32_t>(tail_size());
  log_sum_ = 0.0;
  const double threshold = at_least_smallest(static_cast<double>(largest_[tail_]));
  for (std::size_t i = 0; i < tail_; ++i) {
    log_sum_ += std::log(std::max(static_cast<double>(largest_[i]), threshold) / threshold);
  }
}

void ExtremeTail::save(base::ByteWriter& out) const {
  out.u32(seen_);
  out.u8(static_cast<std::uint8_t>(held_));
  for (std::size_t i = 0; i < held_; ++i) out.u32(std::bit_cast<std::uint32_t>(largest_[i] * fade_));
}

bool ExtremeTail::load(base::ByteReader& in) {
  *this = ExtremeTail{};
  seen_ = in.u32();
  held_ = in.u8();
  if (!in.ok() || seen_ > kMemory || held_ != std::min<std::uint32_t>(seen_, kRecords + 1)) return false;
  for (std::size_t i = 0; i < held_; ++i) {
    largest_[i] = std::bit_cast<float>(in.u32());
    const bool ordered = i == 0 || largest_[i] <= largest_[i - 1];
    if (!std::isfinite(largest_[i]) || largest_[i] < 0.0F || !ordered) return false;
  }
  refresh();
  return in.ok();
}

}  // namespace wayside::rules::detect::likelihood
