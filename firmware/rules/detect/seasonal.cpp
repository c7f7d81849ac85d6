#include "rules/detect/seasonal.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

namespace wayside::rules::detect {

namespace {

using std::chrono::seconds;

constexpr std::uint8_t kVersion = 1;
constexpr double kFew = 3;            // samples in the slots around before anything is said
constexpr double kLongMemory = 8192;  // samples that the level over the whole cycle goes back
constexpr double kUsualSamples = 30;  // at which `width` holds
constexpr double kNarrowing = 0.15;   // near to n^(-1/6) of the normal rule in two dimensions (Silverman 1986, 4.14)
constexpr double kLeast = 1e-9;       // of a likelihood
constexpr double kFarthest = 1e9;     // codes
constexpr double kLargest = 1e100;
constexpr auto kClockHold = seconds{3600};

// The z with P(|Z| < z) = share, Z normal.
double deviations_within(double share) {
  double low = 0;
  double high = 8;
  for (int i = 0; i < 60; ++i) {
    const auto middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < share ? low : high) = middle;
  }
  return low;
}

bool plausible(double mean, double variance, double samples) {
  return std::isfinite(mean) && std::isfinite(variance) && variance >= 0 && samples >= 0 && samples <= kLongMemory;
}

}  // namespace

void Seasonal::Level::add(double value) {
  samples = std::min(samples + 1, kLongMemory);
  const auto difference = value - mean;
  mean += difference / samples;
  variance += (difference * (value - mean) - variance) / samples;
}

Seasonal::Seasonal(const SeasonalSettings& settings)
    : settings_(settings),
      deviations_(deviations_within(settings.inner)),
      points_(slots_of(settings), settings.channels, settings.points),
      seen_(slots_of(settings)) {
  for (std::size_t c = 0; c < settings_.channels; ++c) spreads_.at(c).resize(slots_of(settings_));
}

std::optional<double> Seasonal::step(const Instant& when, std::span<const double> values) {
  if (values.size() != settings_.channels || !when.local_s) {
    recent_ = {};
    last_.reset();
    return std::nullopt;
  }
  watch_clock(when);
  Pair bounded{};  // the squares of which still are numbers
  for (std::size_t c = 0; c < settings_.channels; ++c) bounded[c] = std::clamp(values[c], -kLargest, kLargest);
  const std::span<const double> given(bounded.data(), settings_.channels);
  const auto slot = slot_at(settings_, *when.local_s);
  const auto unlikely = judge(slot, given);
  if (may_learn(when)) {
    learned_ = when.at;
    learn(slot, given);
  }
  if (!unlikely) {
    recent_ = {};
    return std::nullopt;
  }
  return agreed(*unlikely);
}

// The local clock has stepped when it did not go with boot time. What follows may be learned into the wrong slots if
// the step is a mistake that is about to be mended, so nothing is for an hour. After a gap the samples before it no
// longer agree with those after it.
void Seasonal::watch_clock(const Instant& when) {
  if (last_) {
    const auto passed = std::chrono::duration_cast<seconds>(when.at - last_->at);
    const auto off = *when.local_s - *last_->local_s - passed.count();
    const auto half = static_cast<std::int64_t>(settings_.slot_s / 2);
    if (off > half || off < -half) {
      hold_until_ = when.at + kClockHold;
      recent_ = {};
    }
    if (passed.count() > 4 * static_cast<std::int64_t>(settings_.slot_s)) recent_ = {};
  }
  last_ = when;
  if (hold_until_ && when.at >= *hold_until_) hold_until_.reset();
}

// Three samples a slot and visit: a fast series must not drown the days before in one visit.
bool Seasonal::may_learn(const Instant& when) const {
  if (when.frozen || hold_until_) return false;
  return !learned_ || when.at - *learned_ >= seconds{settings_.slot_s} * 3 / 10;
}

Seasonal::Pair Seasonal::codes(std::span<const double> values) const {
  Pair out{};
  for (std::size_t c = 0; c < settings_.channels; ++c)
    out.at(c) = std::clamp(frames_.at(c).code(values[c]), -kFarthest, kFarthest);
  return out;
}

Seasonal::Runs Seasonal::beside(std::size_t slot, std::size_t reach) const {
  const auto ring = settings_.cycle == Cycle::week ? slots_of(settings_) : slots_of_day(settings_);
  const auto base = slot / ring * ring;
  const auto place = slot - base;
  const auto first = place >= reach ? place - reach : place + ring - reach;
  const auto count = std::min(2 * reach + 1, ring - first);
  return {base + first, count, base, 2 * reach + 1 - count};
}

// What one unit of distance is, in codes: the spread of the slot, smoothed over those beside it, and a share of the
// spread over the whole cycle. The eye that looks at a diagram measures by its axes too.
Seasonal::Pair Seasonal::scales(std::size_t slot) const {
  const auto reach = static_cast<std::size_t>(settings_.smooth);
  const auto near = beside(slot, reach);
  Pair out{1, 1};
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    double sum = 0;
    double weights = 0;
    for (std::size_t i = 0; i <= 2 * reach; ++i) {
      const auto at = i < near.count ? near.first + i : near.second + i - near.count;
      const auto spread = static_cast<double>(spreads_[c][at]);
      if (spread <= 0) continue;  // fewer than two points, or all alike: not known
      const auto weight = static_cast<double>(reach + 1 - (i > reach ? i - reach : reach - i));
      sum += weight * spread * spread;
      weights += weight;
    }
    const auto step = frames_[c].step();
    const auto whole = step > 0 ? levels_[c].variance / (step * step) : 0.0;
    const auto own = weights > 0 ? sum / weights : 0.0;
    out[c] = std::sqrt(std::max(settings_.spread_share * own + settings_.range_share * whole, 1.0));
  }
  return out;
}

std::optional<double> Seasonal::judge(std::size_t slot, std::span<const double> values) const {
  if (!frames_[0].known() || to_match_ > 0) return std::nullopt;
  const auto own = points_.weight(slot) / static_cast<double>(SlotPoints::kWeight);
  auto width = scales(slot);
  const auto factor = settings_.width * std::pow(std::max(own, 1.0) / kUsualSamples, -kNarrowing);
  for (auto& w : width) w *= factor;
  const auto likely = likelihood(slot, codes(values), width);
  if (likely < 0) return std::nullopt;
  return std::clamp(-std::log(std::max(likely, kLeast)) / settings_.full, 0.0, 1.0);
}

// Of its own slot, and of the slots around as if they were some samples more. Below zero: too few samples in them to
// say anything.
double Seasonal::likelihood(std::size_t slot, const Pair& at, const Pair& width) const {
  const auto near = beside(slot, settings_.around);
  auto around = points_.sum(near.first, near.count, at, width);
  if (near.second_count != 0) {
    const auto more = points_.sum(near.second, near.second_count, at, width);
    around = {around.kernels + more.kernels, around.weight + more.weight};
  }
  if (around.weight < kFew * SlotPoints::kWeight) return -1;
  const auto own = points_.sum(slot, 1, at, width);
  const auto prior = settings_.around_samples;
  return (own.kernels / SlotPoints::kWeight + prior * around.kernels / around.weight) /
         std::max(own.weight / SlotPoints::kWeight + prior, 1.0);
}

void Seasonal::learn(std::size_t slot, std::span<const double> values) {
  if (to_match_ > 0) {
    match_levels(slot, values);
    return;
  }
  if (!admit(values)) return;
  for (std::size_t c = 0; c < settings_.channels; ++c) levels_[c].add(values[c]);
  points_.add(slot, codes(values), scales(slot), SlotPoints::kWeight);
  refresh(slot);
}

// Whether the frames hold them. One that grows takes the next sample, not this one.
bool Seasonal::admit(std::span<const double> values) {
  bool all = true;
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    if (frames_[c].admit(values[c])) continue;
    all = false;
    const auto doublings = frames_[c].doublings();
    if (doublings == 0) continue;
    frames_[c].grow(doublings);
    points_.halve_codes(c, doublings);
    for (std::size_t s = 0; s < slots_of(settings_); ++s) refresh(s);
  }
  return all;
}

void Seasonal::refresh(std::size_t slot) {
  for (std::size_t c = 0; c < settings_.channels; ++c)
    spreads_.at(c)[slot] = static_cast<float>(points_.spread(slot, c, settings_.inner) / deviations_);
}

// The k-th largest of the last m, and not more than this one: an alarm ends with the first usual sample.
double Seasonal::agreed(double unlikely) {
  std::copy_backward(recent_.begin(), recent_.end() - 1, recent_.end());
  recent_[0] = static_cast<float>(unlikely);
  auto last = recent_;
  const auto k = last.begin() + settings_.agree - 1;
  std::nth_element(last.begin(), k, last.begin() + settings_.of, std::greater<>());
  return static_cast<double>(std::min(*k, recent_[0]));
}

std::size_t Seasonal::bytes() const {
  return sizeof(*this) - sizeof(points_) + points_.bytes() +
         (spreads_[0].capacity() + spreads_[1].capacity()) * sizeof(float) + seen_.capacity() / 8;
}

// Of everything that gives the saved numbers their meaning.
std::uint64_t Seasonal::stamp() const {
  base::ByteWriter out;
  out.u8(static_cast<std::uint8_t>(settings_.cycle));
  out.u32(settings_.slot_s);
  out.u8(settings_.channels);
  out.u8(settings_.points);
  return base::fnv1a(out.take());
}

void Seasonal::save(base::ByteWriter& out) const {
  base::ByteWriter body;
  body.u64(stamp());
  body.u32(to_match_);
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    frames_.at(c).save(body);
    body.f64(levels_.at(c).mean);
    body.f64(levels_.at(c).variance);
    body.f64(levels_.at(c).samples);
  }
  points_.save(body);
  const auto bytes = body.take();
  out.u8(kVersion);
  out.u32(base::crc32c(bytes));
  out.text(base::as_text(bytes));
}

bool Seasonal::load(base::ByteReader& in) {
  forget_all();
  const auto version = in.u8();
  const auto sum = in.u32();
  const auto text = in.text();
  const auto bytes = base::as_bytes(text);
  if (!in.ok() || version != kVersion || base::crc32c(bytes) != sum) return false;
  base::ByteReader body(bytes);
  bool good = body.u64() == stamp();
  to_match_ = body.u32();
  for (std::size_t c = 0; c < settings_.channels && good; ++c) {
    good = frames_.at(c).load(body);
    auto& level = levels_.at(c);
    level.mean = body.f64();
    level.variance = body.f64();
    level.samples = body.f64();
    good = good && plausible(level.mean, level.variance, level.samples);
  }
  good = good && points_.load(body) && body.at_end();
  if (!good) {
    forget_all();
    return false;
  }
  for (std::size_t s = 0; s < slots_of(settings_); ++s) refresh(s);
  if (to_match_ > 0) begin_matching();
  return true;
}

void Seasonal::forget_all() {
  points_.clear();
  for (auto& spreads : spreads_) std::fill(spreads.begin(), spreads.end(), 0.0F);
  frames_ = {};
  levels_ = {};
  steps_ = {};
  std::fill(seen_.begin(), seen_.end(), false);
  matched_slot_ = 0;
  recent_ = {};
  to_match_ = 0;
  last_.reset();
  learned_.reset();
  hold_until_.reset();
}

}  // namespace wayside::rules::detect
