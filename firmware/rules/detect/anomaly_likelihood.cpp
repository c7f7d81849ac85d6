#include "rules/detect/anomaly_likelihood.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace wayside::rules::detect {
namespace {

constexpr std::uint32_t kForm = 0x314C'4E41;  // "ANL1": this form, these parameters

float as_float(double value) {
  constexpr double kMost = std::numeric_limits<float>::max() / 1024.0;  // sums of a window stay finite
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

}  // namespace

std::optional<double> AnomalyLikelihood::step(const Instant& when, std::span<const double> values) {
  const double value = values[0];
  const bool learn = !when.frozen;
  const double odds = judge_by_profile(when, value) + judge_local(value, learn) + judge_step(value, learn);
  const auto ready = [](const likelihood::ExtremeTail& tail) { return tail.ready(); };
  if (std::none_of(tails_.begin(), tails_.end(), ready)) return std::nullopt;
  return std::min(rest_.pass(std::log10(1.0 + odds)) / kScale, 1.0);
}

double AnomalyLikelihood::judge_by_profile(const Instant& when, double value) {
  if (!place(when)) return 0.0;
  const bool learn = !when.frozen;
  double odds = 0.0;
  if (const auto off = profile_.residual(value)) {
    odds += judge(kNow, *off, learn);
    residuals_.push(as_float(*off));
    if (residuals_.size() >= kShortSamples) odds += judge(kShort, residuals_.mean_of_last(kShortSamples), learn);
    if (residuals_.size() >= kLongSamples) odds += judge(kLong, residuals_.mean_of_last(kLongSamples), learn);
  }
  if (learn) profile_.learn(value);
  return odds;
}

// A series of less than a day, or the first day of a longer one, has nothing but its recent values.
double AnomalyLikelihood::judge_local(double value, bool learn) {
  if (!tails_[kNow].empty() || values_.size() < kLeastLocal) return 0.0;
  return judge(kLocal, std::fabs(value - values_.mean_of_last(values_.size())), learn);
}

double AnomalyLikelihood::judge_step(double value, bool learn) {
  values_.push(as_float(value));
  if (values_.size() < kLongSamples) return 0.0;
  const double step = 2.0 * (values_.mean_of_last(kStepSamples) - values_.mean_of_last(kLongSamples));
  return judge(kStep, std::fabs(step), learn);
}

bool AnomalyLikelihood::place(const Instant& when) {
  using Hands = likelihood::DayPhase::Hands;
  const Hands before = phase_.hands();
  const auto second = phase_.of(when);
  if (before == Hands::kSteady && phase_.hands() == Hands::kSite) profile_.turn(phase_.offset());
  const double elapsed = last_ ? std::chrono::duration<double>(when.at - *last_).count() : 0.0;
  last_ = when.at;
  if (second) profile_.move_to(*second, elapsed);
  return second.has_value();
}

double AnomalyLikelihood::judge(Residual which, double residual, bool learn) {
  const double surprise = tails_[which].surprise(residual);
  if (learn) tails_[which].learn(residual);
  return surprise > 0.0 ? std::pow(10.0, surprise) - 1.0 : 0.0;
}

void AnomalyLikelihood::save_body(base::ByteWriter& out) const {
  using Hands = likelihood::DayPhase::Hands;
  const bool by_site = phase_.hands() != Hands::kSteady;
  out.u32(kForm);
  out.u8(by_site ? 1 : 0);
  (by_site ? profile_ : likelihood::DayProfile{}).save(out);  // by the steady clock it is of this boot only
  for (const auto& tail : tails_) tail.save(out);
  out.f64(rest_.events());
}

void AnomalyLikelihood::save(base::ByteWriter& out) const {
  base::ByteWriter body;
  save_body(body);
  save_body(out);
  out.u32(base::crc32c(body.take()));
}

bool AnomalyLikelihood::load_body(base::ByteReader& in) {
  using Hands = likelihood::DayPhase::Hands;
  if (in.u32() != kForm) return false;
  const std::uint8_t by_site = in.u8();
  if (by_site > 1 || !profile_.load(in)) return false;
  phase_ = likelihood::DayPhase{by_site == 1 ? Hands::kWaiting : Hands::kSteady};
  for (auto& tail : tails_) {
    if (!tail.load(in)) return false;
  }
  const double events = in.f64();
  if (!in.ok() || !(events >= 0.0 && events <= likelihood::AlarmRest::kMostEvents)) return false;
  rest_.restore(events);
  return true;
}

bool AnomalyLikelihood::load(base::ByteReader& in) {
  AnomalyLikelihood loaded;
  if (loaded.load_body(in)) {
    base::ByteWriter body;  // what was read, written again: the checksum needs no second look at the bytes
    loaded.save_body(body);
    if (in.u32() == base::crc32c(body.take()) && in.ok()) {
      *this = loaded;
      return true;
    }
  }
  *this = AnomalyLikelihood{};
  return false;
}

}  // namespace wayside::rules::detect
