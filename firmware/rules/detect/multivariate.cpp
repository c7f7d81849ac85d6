#include "rules/detect/multivariate.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "rules/detect/sealed.hpp"

namespace wayside::rules::detect {
namespace {

constexpr std::string_view kName = "multivariate 1";
constexpr double kRelationShare = 0.6;    // brings both witnesses to one scale: 0.5 to 1 judge nearly the same
constexpr double kLargest = 4;            // of s: twice what alarms; any alarm, however high, is forgotten equally soon
constexpr double kRelease = 0.15;         // of v, per sample
constexpr double kFreeze = 1.5;           // of v
constexpr double kLargestReading = 1e30;  // beyond any sensor; fits a float, its square fits a double
constexpr double kGap = 5;                // typical intervals
constexpr std::uint32_t kBegin =
    6;  // samples the relation needs before its first: it is solved in time for the first score
constexpr double kUnknownGap = 100;      // samples taken as missed while the gateway was off
constexpr double kIntervalShare = 0.05;  // of an interval in the typical one
constexpr int kWeightRange = 2047;       // 12 bits: a weight to a four-thousandth of its row's largest

double seconds(base::BootTime::duration d) { return std::chrono::duration<double>(d).count(); }

double largest(std::span<const double> z) { return *std::max_element(z.begin(), z.end()); }

double fourth_power_mean(std::span<const double> z) {
  double sum = 0;
  for (const double v : z) sum += v * v * v * v;
  return std::sqrt(std::sqrt(sum / static_cast<double>(z.size())));
}

void put_f32(base::ByteWriter& out, double v) {
  constexpr double kMost = std::numeric_limits<float>::max();
  out.u32(std::bit_cast<std::uint32_t>(static_cast<float>(std::clamp(v, -kMost, kMost))));
}
double get_f32(base::ByteReader& in) { return static_cast<double>(std::bit_cast<float>(in.u32())); }

// Two weights in three bytes.
void put_weights(base::ByteWriter& out, std::span<const float> weights) {
  float most = 0;
  for (const float w : weights) most = std::max(most, std::abs(w));
  put_f32(out, static_cast<double>(most));
  const auto code = [most](float w) {
    const float share = most > 0 ? w / most : 0.0F;
    return static_cast<std::uint32_t>(std::lround(share * kWeightRange) + kWeightRange);
  };
  for (std::size_t j = 0; j + 1 < weights.size(); j += 2) {
    const std::uint32_t pair = code(weights[j]) | code(weights[j + 1]) << 12U;
    for (unsigned shift = 0; shift < 24; shift += 8) out.u8(static_cast<std::uint8_t>(pair >> shift & 0xFFU));
  }
}

bool get_weights(base::ByteReader& in, std::span<float> weights) {
  const double most = get_f32(in);
  if (!std::isfinite(most) || most < 0) return false;
  const auto weight = [most](std::uint32_t code) {
    return static_cast<float>(most * (static_cast<int>(code) - kWeightRange) / kWeightRange);
  };
  for (std::size_t j = 0; j + 1 < weights.size(); j += 2) {
    std::uint32_t pair = 0;
    for (unsigned shift = 0; shift < 24; shift += 8) pair |= static_cast<std::uint32_t>(in.u8()) << shift;
    weights[j] = weight(pair & 0xFFFU);
    weights[j + 1] = weight(pair >> 12U);
  }
  return in.ok();
}

}  // namespace

Multivariate::Multivariate(const MultivariateSettings& settings)
    : settings_(settings),
      levels_(settings.channels, {.learn = settings.learn, .patience = settings.patience}),
      relation_(settings.channels, {.learn = settings.learn - std::min(settings.learn / 2, kBegin)}),
      values_(settings.channels),
      level_z_(settings.channels),
      relation_z_(settings.channels) {}

std::optional<double> Multivariate::step(const Instant& when, std::span<const double> values) {
  if (values.size() != settings_.channels) return std::nullopt;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) return std::nullopt;
    values_[i] = std::clamp(values[i], -kLargestReading, kLargestReading);
  }
  notice_gap(when.at);
  ++samples_;
  held_ = judge(values_);
  const bool frozen = must_not_learn(when);
  levels_.learn(level_z_, when.frozen);
  if (!frozen) relation_.learn();
  relation_.advance();
  if (samples_ <= settings_.learn || !relation_.solved()) return std::nullopt;
  return held_ / kLargest;
}

double Multivariate::judge(std::span<const double> values) {
  levels_.judge(values, level_z_);
  const bool related = relation_.judge(values, relation_z_);
  if (samples_ <= settings_.learn) return 0;
  if (!related) return held_;  // a gap: one witness alone decides nothing
  const double s = std::min({largest(level_z_), kRelationShare * fourth_power_mean(relation_z_), kLargest});
  return s > held_ ? s : held_ + kRelease * (s - held_);
}

bool Multivariate::must_not_learn(const Instant& when) {
  const bool unusual = held_ > kFreeze;
  frozen_ = unusual ? frozen_ + (frozen_ <= settings_.patience ? 1 : 0) : 0;
  return when.frozen || (unusual && frozen_ <= settings_.patience);
}

void Multivariate::notice_gap(base::BootTime at) {
  if (last_.has_value()) {
    const double passed = std::max(0.0, seconds(at - *last_));
    if (interval_ > 0 && passed > kGap * interval_) {
      relation_.gap();
      levels_.gap(passed / interval_);
    }
    // A gap counts as twice the interval: a point that is polled less often from now on is learned all the same.
    interval_ += interval_ > 0 ? kIntervalShare * (std::min(passed, 2 * interval_) - interval_) : passed;
  }
  last_ = at;
}

void Multivariate::write(base::ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(settings_.channels));
  out.u32(settings_.learn);
  out.u32(settings_.patience);
  const bool ready = relation_.solved() && samples_ > settings_.learn;
  out.u8(ready ? 1 : 0);
  if (!ready) return;
  for (std::size_t i = 0; i < settings_.channels; ++i) {
    const Relation::Channel related = relation_.channel(i);
    const ChannelLevel& level = levels_.channels()[i];
    out.f64(related.mean);
    out.f64(related.sd);
    put_f32(out, (related.past_mean - related.mean) / related.sd);
    put_f32(out, related.spread);
    put_f32(out, (level.baseline - related.mean) / related.sd);
    put_f32(out, level.spread / (related.sd * related.sd));
    put_f32(out, level.wander / (related.sd * related.sd));
    put_f32(out, level.learned);
    put_weights(out, relation_.weights(i));
  }
}

void Multivariate::save(base::ByteWriter& out) const {
  base::ByteWriter body = body_of(kName);
  write(body);
  seal(out, std::move(body));
}

bool Multivariate::load(base::ByteReader& in) {
  *this = Multivariate(settings_);
  const bool good = unseal(in, kName, [this](base::ByteReader& body) { return take(body); });
  if (!good) *this = Multivariate(settings_);
  return good;
}

bool Multivariate::take(base::ByteReader& in) {
  if (in.u32() != settings_.channels) return false;
  if (in.u32() != settings_.learn || in.u32() != settings_.patience) return false;
  if (in.u8() == 0) return true;  // saved while it had not learned enough: it begins anew
  std::vector<Relation::Channel> related(settings_.channels);
  std::vector<ChannelLevel> levels(settings_.channels);
  std::vector<float> weights(2 * settings_.channels * settings_.channels);
  for (std::size_t i = 0; i < settings_.channels; ++i) {
    const double mean = in.f64();
    const double sd = in.f64();
    related[i] = {.mean = mean, .sd = sd, .past_mean = mean + sd * get_f32(in), .spread = get_f32(in)};
    levels[i].baseline = mean + sd * get_f32(in);
    levels[i].spread = sd * sd * get_f32(in);
    levels[i].wander = sd * sd * get_f32(in);
    levels[i].learned = get_f32(in);
    levels[i].walked = levels[i].learned / 10;
    if (!get_weights(in, std::span(weights).subspan(2 * settings_.channels * i, 2 * settings_.channels))) return false;
    const double sum = std::abs(mean) + sd + std::abs(related[i].past_mean) + related[i].spread +
                       std::abs(levels[i].baseline) + levels[i].spread + levels[i].wander + levels[i].learned;
    const bool sound = sd > 0 && related[i].spread >= 0 && levels[i].spread >= 0 && levels[i].wander >= 0 &&
                       levels[i].learned >= 1 && std::isfinite(sum);
    if (!sound) return false;
  }
  relation_.restore(related, weights);
  levels_.restore(levels);
  levels_.gap(kUnknownGap);
  samples_ = settings_.learn + 1ULL;
  return true;
}

std::size_t Multivariate::bytes() const {
  const std::size_t own = sizeof(*this) - sizeof(levels_) - sizeof(relation_);
  return own + levels_.bytes() + relation_.bytes() +
         (values_.capacity() + level_z_.capacity() + relation_z_.capacity()) * sizeof(double);
}

static_assert(Detector<Multivariate>);

}  // namespace wayside::rules::detect
