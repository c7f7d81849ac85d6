#include "rules/detect/fibre.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>

namespace wayside::rules::detect {

namespace {

constexpr std::size_t kNeighbours = 32;      // whose median is taken, at most: they stand for those between
constexpr float kClip = 3;                   // noises beyond which a departure teaches no more
constexpr float kMeanToDeviation = 1.2533F;  // sqrt(pi/2), of a normal distribution's mean departure
constexpr double kSlow = 0.125;              // of the rate at which zones in a wide or common change learn
constexpr double kFastest = 0.25;
constexpr unsigned kBreakTraces = 2;
constexpr std::size_t kBreakZones = 3;

}  // namespace

bool valid(const FibreSettings& s) {
  const auto metres = [](double v) { return std::isfinite(v) && v >= 0 && v <= 1e6; };
  return s.zones >= 8 && s.zones <= 900 && metres(s.spacing_m) && s.spacing_m > 0 && std::isfinite(s.first_m) &&
         metres(s.resolution_m) && metres(s.calibration_m) && metres(s.neighbours_m) && metres(s.widest_m) &&
         std::isfinite(s.least) && s.least >= 0 && s.sigmas >= 1 && s.sigmas <= 100 && s.common_share > 0 &&
         s.common_share <= 1 && !std::isnan(s.floor) && s.agree >= 1 && s.agree <= s.of && s.of <= 8 &&
         s.horizon_s >= 3600 && s.horizon_s <= 60 * 86400 && s.learn >= 8;
}

FibrePeak::FibrePeak(const FibreSettings& settings) : settings_(settings), zones_(settings.zones) {
  const auto reach = std::ceil(settings.neighbours_m / settings.spacing_m);
  // Fewer than four each way are no crowd.
  reach_ = static_cast<std::size_t>(std::clamp(reach, 4.0, static_cast<double>(settings.zones - 1)));
  stride_ = std::max<std::size_t>(2 * reach_ / kNeighbours, 1);
  scratch_.resize(2 * reach_ / stride_ + 2);
}

std::optional<double> FibrePeak::step(const Instant& when, std::span<const double> values) {
  const auto found = look(when, values);
  if (!found) return std::nullopt;
  return found->cut_m ? 1 : found->score;
}

std::optional<FibreFinding> FibrePeak::look(const Instant& when, std::span<const double> values) {
  if (values.size() != zones_.size()) return std::nullopt;
  const auto share = share_of_horizon(when);
  const auto cut = broken(values);
  compare(values);
  mark();
  std::optional<FibreFinding> out;
  if (traces_ >= settings_.learn) out = judge();
  if (!when.frozen) learn(values, share, out ? out->kind : FibreKind::quiet);
  if (!cut) return out;
  if (!out) out.emplace().kind = FibreKind::learning;
  out->cut_m = settings_.first_m + static_cast<double>(*cut) * settings_.spacing_m;
  return out;
}

// After a gap longer than the baseline goes back it is only a beginning: half of the learning is done again.
double FibrePeak::share_of_horizon(const Instant& when) {
  const auto passed = last_ ? std::chrono::duration<double>(when.at - *last_).count() : 0.0;
  last_ = when.at;
  if (passed > settings_.horizon_s)
    for (auto& zone : zones_) zone.seen = std::min<std::uint8_t>(zone.seen, settings_.learn / 2);
  return passed / settings_.horizon_s;
}

bool FibrePeak::answers(double value) const { return std::isfinite(value) && !dead(value); }

// The first zone of a dead end, when there has been one there for two traces. What was not read is neither dead nor
// alive. A fibre that never said anything is not broken but not there.
std::optional<std::size_t> FibrePeak::broken(std::span<const double> values) {
  auto from = zones_.size();
  std::size_t dark = 0;
  for (auto i = zones_.size(); i > 0 && !answers(values[i - 1]); --i) {
    if (!dead(values[i - 1])) continue;
    from = i - 1;
    ++dark;
  }
  if (dark < kBreakZones || traces_ == 0) {
    break_stood_ = 0;
    return std::nullopt;
  }
  const auto near = from > break_at_ ? from - break_at_ : break_at_ - from;
  break_stood_ = break_stood_ > 0 && near <= 1 ? std::min(break_stood_ + 1, kBreakTraces) : 1;
  break_at_ = from;
  if (break_stood_ < kBreakTraces) return std::nullopt;
  return from;
}

void FibrePeak::compare(std::span<const double> values) {
  constexpr auto kNone = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    auto& zone = zones_[i];
    const auto value = std::clamp(values[i], -1e30, 1e30);
    zone.raw = !answers(values[i]) ? kNone : zone.seen == 0 ? 0.0F : static_cast<float>(value) - zone.baseline;
  }
  for (std::size_t i = 0; i < zones_.size(); ++i) zones_[i].rest = zones_[i].raw - common(i);
}

// The median departure of the zones around.
float FibrePeak::common(std::size_t zone) {
  const auto first = zone > reach_ ? zone - reach_ : 0;
  const auto last = std::min(zone + reach_, zones_.size() - 1);
  std::size_t count = 0;
  for (auto i = first; i <= last; i += stride_)
    if (!std::isnan(zones_[i].raw)) scratch_[count++] = zones_[i].raw;
  if (count == 0) return 0;
  const auto middle = scratch_.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(scratch_.begin(), middle, scratch_.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

bool FibrePeak::known(const Zone& zone) const { return zone.seen >= settings_.learn; }

bool FibrePeak::unusual(const Zone& zone, float departure) const {
  if (!known(zone)) return false;
  const auto by = static_cast<double>(std::fabs(departure));  // NaN compares false
  return by > settings_.least && by > settings_.sigmas * static_cast<double>(zone.noise);
}

void FibrePeak::mark() {
  for (auto& zone : zones_) {
    const auto now = unusual(zone, zone.rest);
    zone.stood = static_cast<std::uint8_t>((static_cast<unsigned>(zone.stood) << 1U) | (now ? 1U : 0U));
  }
}

FibreFinding FibrePeak::judge() {
  std::size_t local = 0;
  std::size_t raw = 0;
  for (const auto& zone : zones_) {
    local += zone.stood & 1U;
    raw += unusual(zone, zone.raw) ? 1U : 0U;
  }
  const auto most = settings_.common_share * static_cast<double>(zones_.size());
  FibreFinding out;
  if (static_cast<double>(local) > most) {
    out.kind = FibreKind::common_mode;
    return out;
  }
  if (const auto span = strongest()) return locate(*span);
  if (static_cast<double>(raw) > most) out.kind = FibreKind::common_mode;
  return out;
}

// The stretch of unusual zones, with gaps of one, that holds the largest departure; a narrow one before a wide one.
std::optional<FibrePeak::Span> FibrePeak::strongest() const {
  std::optional<Span> best;
  bool best_narrow = false;
  float best_peak = 0;
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    if ((zones_[i].stood & 1U) == 0) continue;
    auto end = i + 1;
    float peak = 0;
    for (auto j = i; j < zones_.size() && j <= end; ++j) {
      if ((zones_[j].stood & 1U) == 0) continue;
      end = j + 1;
      peak = std::max(peak, std::fabs(zones_[j].rest) / std::max(zones_[j].noise, 1e-30F));
    }
    const auto narrow = !wide({i, end});
    if (!best || (narrow && !best_narrow) || (narrow == best_narrow && peak > best_peak)) {
      best = Span{i, end};
      best_narrow = narrow;
      best_peak = peak;
    }
    i = end;
  }
  return best;
}

bool FibrePeak::wide(const Span& span) const {
  const auto width = static_cast<double>(span.end - span.begin) * settings_.spacing_m;
  if (width > std::max(settings_.widest_m, settings_.spacing_m)) return true;
  for (auto i = span.begin; i < span.end; ++i)
    if ((zones_[i].stood & 1U) != 0 && !zones_[i].stretch) return false;
  return true;
}

// The centroid of the departures in noises (domain.md 3.2), and what can be known of it at best.
FibreFinding FibrePeak::locate(const Span& span) const {
  double moment = 0;
  double sum = 0;
  double peak = 0;
  unsigned stood = 0;
  FibreFinding out;
  // A peak may move by a zone from trace to trace, so the zones of the stretch answer together.
  const auto begin = span.begin > 0 ? span.begin - 1 : span.begin;
  const auto end = std::min(span.end + 1, zones_.size());
  for (auto i = begin; i < end; ++i) {
    const auto& zone = zones_[i];
    stood |= zone.stood;
    if (std::isnan(zone.rest)) continue;
    const auto noise = std::max(static_cast<double>(zone.noise), settings_.least / settings_.sigmas);
    const auto ratio = std::min(std::fabs(static_cast<double>(zone.rest)) / std::max(noise, 1e-30), 1e6);
    moment += ratio * static_cast<double>(i);
    sum += ratio;
    if (ratio <= peak) continue;
    peak = ratio;
    out.above = zone.rest > 0;
  }
  const auto width = static_cast<double>(span.end - span.begin) * settings_.spacing_m;
  const auto centre = sum > 0 ? moment / sum : static_cast<double>(span.begin);
  out.position_m = settings_.first_m + centre * settings_.spacing_m;
  out.uncertainty_m = std::max({settings_.resolution_m / 2, settings_.spacing_m, settings_.calibration_m});
  if (wide(span)) {
    out.kind = FibreKind::wide;
    out.uncertainty_m = std::max(out.uncertainty_m, width / 2);
    return out;
  }
  const auto traces = std::popcount(stood & ((1U << settings_.of) - 1U));
  out.score = std::clamp(peak / (2 * settings_.sigmas), 0.0, 1.0);
  if (traces >= settings_.agree)
    out.kind = FibreKind::peak;
  else
    out.score = std::min(out.score, 0.49);
  return out;
}

// What stands out learns nothing while it may be a leak, and slowly while it is a change of a whole stretch.
void FibrePeak::learn(std::span<const double> values, double share, FibreKind kind) {
  const auto stretch = kind == FibreKind::wide || kind == FibreKind::common_mode;
  const auto last = (1U << settings_.of) - 1U;
  for (auto& zone : zones_) {
    if ((zone.stood & last) == 0) zone.stretch = false;
    if (stretch && (zone.stood & 1U) != 0) zone.stretch = true;
  }
  bool any = false;
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    auto& zone = zones_[i];
    if (std::isnan(zone.raw)) continue;
    any = true;
    const auto stands = (zone.stood & last) != 0;
    if (!stands || zone.stretch) learn(zone, values[i], stands ? share * kSlow : share);
  }
  if (any) traces_ = std::min(traces_ + 1, settings_.learn + 0U);
}

// A clipped step towards the value: an average that a few wild values do not move. The part that all share is not
// clipped: it is known from many zones.
void FibrePeak::learn(Zone& zone, double value, double rate) const {
  if (zone.seen == 0) {
    zone.baseline = static_cast<float>(std::clamp(value, -1e30, 1e30));
    zone.seen = 1;
    return;
  }
  const auto step = static_cast<float>(known(zone) ? std::clamp(rate, 0.0, kFastest) : 1.0 / (zone.seen + 1.0));
  const auto limit = known(zone) && zone.noise > 0 ? kClip * zone.noise : std::numeric_limits<float>::max();
  const auto shared = zone.raw - zone.rest;
  zone.baseline += step * (shared + std::clamp(zone.rest, -limit, limit));
  zone.noise += step * (std::min(std::fabs(zone.rest), limit) * kMeanToDeviation - zone.noise);
  if (zone.seen < 255) ++zone.seen;
}

std::size_t FibrePeak::bytes() const {
  return sizeof(*this) + zones_.capacity() * sizeof(Zone) + scratch_.capacity() * sizeof(float);
}

}  // namespace wayside::rules::detect
