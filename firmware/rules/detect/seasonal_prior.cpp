// What a seasonal baseline gives to others, and how it begins with what others have learned.
#include <algorithm>
#include <cmath>
#include <vector>

#include "rules/detect/seasonal.hpp"

namespace wayside::rules::detect {

namespace {

constexpr double kCodesPerDeviation = 1024;
constexpr double kFewPairs = 8;
constexpr double kLogOfPair = 0.2886;  // -E log|a - b| of two normals with deviation 1: (gamma + ln 2)/2 - (ln 2)/2

struct Cluster {
  double x, y, count;
};

double cost_of(const Cluster& a, const Cluster& b) {
  const auto dx = a.x - b.x;
  const auto dy = a.y - b.y;
  return (dx * dx + dy * dy) * (a.count * b.count / (a.count + b.count));
}

// Which of the clusters before it one is cheapest to join.
struct Nearest {
  std::size_t before = 0;
  double cost = INFINITY;
};

Nearest nearest_before(const std::vector<Cluster>& clusters, std::size_t at) {
  Nearest out;
  for (std::size_t a = 0; a < at; ++a) {
    if (const auto cost = cost_of(clusters[a], clusters[at]); cost < out.cost) out = {a, cost};
  }
  return out;
}

// Those two become one that add least to the variance within (Ward 1963), until there are few enough: what many have
// seen keeps its shape, and the tails are drawn together. Each remembers its nearest, so that a join looks at few
// pairs.
void reduce(std::vector<Cluster>& clusters, std::size_t most) {
  std::vector<Nearest> nearest(clusters.size());
  for (std::size_t i = 0; i < clusters.size(); ++i) nearest[i] = nearest_before(clusters, i);
  while (clusters.size() > most) {
    const auto least = std::ranges::min_element(nearest, {}, &Nearest::cost);
    const auto first = least->before;
    const auto second = static_cast<std::size_t>(least - nearest.begin());
    auto& into = clusters[first];
    const auto& from = clusters[second];
    const auto count = into.count + from.count;
    into = {(into.x * into.count + from.x * from.count) / count, (into.y * into.count + from.y * from.count) / count,
            count};
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(second));
    nearest.erase(least);
    for (std::size_t i = first; i < clusters.size(); ++i) {
      auto& known = nearest[i];
      if (i == first || known.before == first || known.before == second) {
        known = nearest_before(clusters, i);
        continue;
      }
      if (known.before > second) --known.before;
      if (const auto cost = cost_of(clusters[first], clusters[i]); cost < known.cost) known = {first, cost};
    }
  }
}

}  // namespace

// Of each slot how its samples lie about its own middle, in standard deviations over the whole cycle. Where the middle
// lies is the affair of each place (this road's rush hour is not that one's); how far from it is usual they share.
model::BaselineSummary Seasonal::summary() const {
  BaselineSummary out;
  out.cycle = static_cast<std::uint8_t>(settings_.cycle);
  out.channels = settings_.channels;
  out.slot_s = settings_.slot_s;
  out.slots.resize(slots_of(settings_));
  if (fresh() || to_match_ > 0) return out;
  out.gateways = 1;
  out.points = 1;
  Pair deviations{1, 1};  // codes
  for (std::size_t c = 0; c < settings_.channels; ++c)
    deviations[c] = std::max(std::sqrt(levels_[c].variance) / frames_[c].step(), 1.0);
  for (std::size_t s = 0; s < out.slots.size(); ++s) {
    const Pair middle{points_.middle(s, 0), settings_.channels > 1 ? points_.middle(s, 1) : 0.0};
    for (std::size_t p = 0; p < points_.points(); ++p) {
      const auto y = settings_.channels > 1 ? (points_.point_code(s, p, 1) - middle[1]) / deviations[1] : 0.0;
      out.add(s, (points_.point_code(s, p, 0) - middle[0]) / deviations[0], y, points_.point_weight(s, p));
    }
  }
  return out;
}

bool Seasonal::fresh() const { return !frames_[0].known() && to_match_ == 0; }

// Of its own: so many samples that matching them with the prior would not take longer.
bool Seasonal::little() const {
  return to_match_ == 0 && levels_[0].samples < static_cast<double>(slots_of_day(settings_) * 3) / 2;
}

bool Seasonal::start_from(const BaselineSummary& prior) {
  const bool waits = to_match_ > 0;  // another prior, which gives way to this one
  if (!(waits || little()) || !fits(prior)) return false;
  if (waits) {
    place_all(prior);
    return true;
  }
  std::array<std::vector<float>, 2> middles;
  std::vector<bool> met(slots_of(settings_));
  for (std::size_t s = 0; s < slots_of(settings_); ++s) met[s] = points_.weight(s) > 0;
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    middles.at(c).resize(slots_of(settings_));
    for (std::size_t s = 0; s < slots_of(settings_); ++s)
      middles.at(c)[s] = static_cast<float>(frames_.at(c).value(points_.middle(s, c)));
  }
  place_all(prior);
  begin_matching();
  take_known(middles, met);
  return true;
}

// Of this cycle, and not empty.
bool Seasonal::fits(const BaselineSummary& prior) const {
  return prior.cycle == static_cast<std::uint8_t>(settings_.cycle) && prior.channels == settings_.channels &&
         prior.slot_s == settings_.slot_s && prior.slots.size() == slots_of(settings_) &&
         std::ranges::any_of(prior.slots, [](const auto& slot) { return !slot.cells.empty(); });
}

void Seasonal::place_all(const BaselineSummary& prior) {
  points_.clear();
  for (std::size_t s = 0; s < prior.slots.size(); ++s) place(s, prior.slots[s], prior);
}

// What it has seen of its own so far counts as the first samples of the matching.
void Seasonal::take_known(const std::array<std::vector<float>, 2>& middles, const std::vector<bool>& met) {
  for (std::size_t s = 0; s < slots_of(settings_); ++s) {
    if (!met[s]) continue;
    for (std::size_t c = 0; c < settings_.channels; ++c) {
      levels_.at(c).add(static_cast<double>(middles.at(c)[s]));
      spreads_.at(c)[s] = middles.at(c)[s];
    }
    seen_[s] = true;
    --to_match_;
  }
}

// For a day and a half: each slot of the day is met, and half of them twice. Also after a restart in the midst of it.
void Seasonal::begin_matching() {
  to_match_ = static_cast<unsigned>(slots_of_day(settings_) * 3 / 2);
  matched_slot_ = slots_of(settings_);
  levels_ = {};
  steps_ = {};
  std::fill(seen_.begin(), seen_.end(), false);
}

void Seasonal::place(std::size_t slot, const BaselineSummary::Slot& from, const BaselineSummary& prior) {
  std::vector<Cluster> clusters;
  double all = 0;
  for (const auto& cell : from.cells) {
    const auto y = settings_.channels > 1 ? prior.y_of(from, cell) : 0.0;
    clusters.push_back({prior.x_of(from, cell), y, static_cast<double>(cell.count)});
    all += cell.count;
  }
  reduce(clusters, settings_.points);
  for (const auto& c : clusters) {
    const auto weight = std::nearbyint(c.count / all * kPriorSamples * SlotPoints::kWeight);
    if (weight < 1) continue;  // rarer than anything a start may call usual
    points_.add(slot, {c.x * kCodesPerDeviation, c.y * kCodesPerDeviation}, {1, 1}, static_cast<unsigned>(weight));
  }
}

// While the middles are not known, own samples only tell them: they are kept where the spreads will be.
void Seasonal::match_levels(std::size_t slot, std::span<const double> values) {
  if (slot == matched_slot_) return;  // one sample a visit: each slot counts the same
  matched_slot_ = slot;
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    levels_[c].add(values[c]);
    auto& middle = spreads_[c][slot];
    const auto value = static_cast<float>(values[c]);
    if (seen_[slot]) {
      const auto spread = points_.spread(slot, c, settings_.inner) / deviations_;
      const auto apart = std::fabs(static_cast<double>(value) - static_cast<double>(middle));
      if (spread > 0 && apart > 0) steps_[c].add(std::log(apart / spread));
      middle = (middle + value) / 2;
    } else {
      middle = value;
    }
  }
  seen_[slot] = true;
  if (--to_match_ == 0) place_prior();
}

void Seasonal::place_prior() {
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    const auto smallest = std::max(std::fabs(levels_[c].mean) / 1e6, 0x1p-40);
    const auto& pairs = steps_[c];
    const auto by_pairs = std::exp(pairs.mean + kLogOfPair);
    const auto by_range = std::sqrt(levels_[c].variance) / kCodesPerDeviation;
    const auto step = std::max(pairs.samples >= kFewPairs ? by_pairs : by_range, smallest);
    frames_[c] = Frame(levels_[c].mean, step);
  }
  for (std::size_t s = 0; s < slots_of(settings_); ++s) {
    if (!seen_[s]) {
      points_.clear(s);
      continue;
    }
    for (std::size_t c = 0; c < settings_.channels; ++c)
      points_.move(s, c, frames_[c].code(static_cast<double>(spreads_[c][s])));
  }
  for (std::size_t s = 0; s < slots_of(settings_); ++s) refresh(s);
}

}  // namespace wayside::rules::detect
