#include "rules/detect/likelihood/day_profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace wayside::rules::detect::likelihood {
namespace {

constexpr float kPeriodMemory = 100.0F;    // intervals
constexpr double kLongestInterval = 20.0;  // periods; a gap longer than that says nothing of the period

float as_float(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

}  // namespace

void DayProfile::move_to(std::int64_t second_of_day, double elapsed_s) {
  const auto bin = static_cast<std::uint32_t>(second_of_day / kBinSeconds);
  const bool entered = bin != bin_ || elapsed_s > static_cast<double>(kBinSeconds);
  bin_ = bin;
  if (entered && bins_[bin].visits < 2) ++bins_[bin].visits;
  if (!(elapsed_s > 0.0)) return;
  intervals_ = std::min(intervals_ + 1.0F, kPeriodMemory);
  const double period = static_cast<double>(period_s_);
  const double interval = period > 0.0 ? std::min(elapsed_s, kLongestInterval * period) : elapsed_s;
  period_s_ += static_cast<float>((interval - period) / static_cast<double>(intervals_));
}

std::optional<double> DayProfile::residual(double value) const {
  const Bin& bin = bins_[bin_];
  if (bin.visits < 2 || bin.weight < kLeastWeight) return std::nullopt;
  const double own_error = std::sqrt(1.0 + 1.0 / static_cast<double>(bin.weight));
  return std::fabs(value - static_cast<double>(bin.mean)) / own_error;
}

void DayProfile::learn(double value) {
  Bin& bin = bins_[bin_];
  const double per_day = period_s_ > 0.0F ? static_cast<double>(kBinSeconds) / static_cast<double>(period_s_) : 1.0;
  const double memory = std::clamp(kMemoryDays * std::max(per_day, 1.0), kLeastMemory, kMostMemory);
  bin.weight = static_cast<float>(std::min(static_cast<double>(bin.weight) + 1.0, memory));
  const double mean = static_cast<double>(bin.mean);
  const double off = value - mean;
  const double most = static_cast<double>(kClip) * static_cast<double>(bin.deviation);
  const double pull = bin.weight > kLeastWeight ? std::clamp(off, -most, most) : off;
  bin.mean = as_float(mean + pull / static_cast<double>(bin.weight));
  const double deviation = std::fabs(value - static_cast<double>(bin.mean));
  bin.deviation += as_float((deviation - static_cast<double>(bin.deviation)) / static_cast<double>(bin.weight));
}

void DayProfile::turn(std::int64_t seconds) {
  const auto day = DayPhase::kDay;
  const std::int64_t shift = (seconds % day + day + kBinSeconds / 2) % day / kBinSeconds;
  const auto count = static_cast<std::ptrdiff_t>(kBins) - static_cast<std::ptrdiff_t>(shift);
  std::rotate(bins_.begin(), bins_.begin() + count, bins_.end());
  bin_ = kBins;
}

void DayProfile::save(base::ByteWriter& out) const {
  const auto put = [&out](float value) { out.u32(std::bit_cast<std::uint32_t>(value)); };
  put(period_s_);
  put(intervals_);
  for (const Bin& bin : bins_) {
    put(bin.mean);
    put(bin.deviation);
    put(bin.weight);
    out.u8(bin.visits);
  }
}

bool DayProfile::load(base::ByteReader& in) {
  *this = DayProfile{};
  bool good = true;
  const auto get = [&in, &good](float least, float most) {
    const auto value = std::bit_cast<float>(in.u32());
    good = good && std::isfinite(value) && value >= least && value <= most;
    return value;
  };
  constexpr float kMost = std::numeric_limits<float>::max();
  period_s_ = get(0.0F, kMost);
  intervals_ = get(0.0F, kPeriodMemory);
  for (Bin& bin : bins_) {
    bin.mean = get(-kMost, kMost);
    bin.deviation = get(0.0F, kMost);
    bin.weight = get(0.0F, static_cast<float>(kMostMemory));
    bin.visits = in.u8();
    good = good && bin.visits <= 2 && (bin.visits > 0 || bin.weight == 0.0F);
  }
  return good && in.ok();
}

}  // namespace wayside::rules::detect::likelihood
