// What a seasonal baseline gives to others, and how it begins with what others have learned.
#include <algorithm>
#include <cmath>
#include <vector>

#include "rules/detect/seasonal.hpp"

namespace wayside::rules::detect {

namespace {

constexpr double kCodesPerDeviation = 1024;

struct Cluster {
  double x, y, count;
};

// The two nearest clusters become one until there are few enough, as in SlotPoints.
void reduce(std::vector<Cluster>& clusters, std::size_t most) {
  while (clusters.size() > most) {
    std::size_t first = 0;
    std::size_t second = 1;
    double least = INFINITY;
    for (std::size_t b = 1; b < clusters.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        const auto distance = std::hypot(clusters[a].x - clusters[b].x, clusters[a].y - clusters[b].y);
        if (distance >= least) continue;
        least = distance;
        first = a;
        second = b;
      }
    }
    auto& into = clusters[first];
    const auto& from = clusters[second];
    const auto count = into.count + from.count;
    into = {(into.x * into.count + from.x * from.count) / count, (into.y * into.count + from.y * from.count) / count,
            count};
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(second));
  }
}

}  // namespace

BaselineSummary Seasonal::summary() const {
  BaselineSummary out;
  out.cycle = static_cast<std::uint8_t>(settings_.cycle);
  out.channels = settings_.channels;
  out.slot_s = settings_.slot_s;
  out.slots.resize(slots_of(settings_));
  if (fresh() || to_match_ > 0) return out;
  out.gateways = 1;
  const auto deviations = [this](std::size_t slot, std::size_t point, std::size_t channel) {
    if (channel >= settings_.channels) return 0.0;
    const auto& level = levels_.at(channel);
    const auto& frame = frames_.at(channel);
    const auto deviation = std::max(std::sqrt(level.variance), frame.step());
    return (frame.value(points_.point_code(slot, point, channel)) - level.mean) / deviation;
  };
  for (std::size_t s = 0; s < out.slots.size(); ++s)
    for (std::size_t p = 0; p < points_.points(); ++p)
      out.add(s, deviations(s, p, 0), deviations(s, p, 1), points_.point_weight(s, p));
  return out;
}

bool Seasonal::fresh() const { return !frames_[0].known() && to_match_ == 0; }

bool Seasonal::start_from(const BaselineSummary& prior) {
  if (!fresh() || prior.cycle != static_cast<std::uint8_t>(settings_.cycle) || prior.channels != settings_.channels ||
      prior.slot_s != settings_.slot_s || prior.slots.size() != slots_of(settings_))
    return false;
  bool any = false;
  for (std::size_t s = 0; s < prior.slots.size(); ++s) {
    any = any || !prior.slots[s].cells.empty();
    place(s, prior.slots[s], prior);
  }
  // A day and a half: each slot of the day is met, and the level does not hang on one of them.
  if (any) to_match_ = static_cast<unsigned>(slots_of_day(settings_) * 3 / 2);
  matched_slot_ = slots_of(settings_);
  return any;
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
    const auto weight = std::max(1.0, std::nearbyint(c.count / all * kPriorSamples * SlotPoints::kWeight));
    points_.add(slot, {c.x * kCodesPerDeviation, c.y * kCodesPerDeviation}, {1, 1}, static_cast<unsigned>(weight));
  }
}

// While the level is not known, own samples only tell it: mean and deviation of them, beside those the prior has in the
// same slots.
void Seasonal::match_levels(std::size_t slot, std::span<const double> values) {
  if (slot == matched_slot_) return;  // one sample a visit: each slot counts the same
  matched_slot_ = slot;
  if (points_.weight(slot) == 0) return;
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    double sum = 0;
    double squares = 0;
    for (std::size_t p = 0; p < points_.points(); ++p) {
      const auto code = points_.point_code(slot, p, c);
      sum += points_.point_weight(slot, p) * code;
      squares += points_.point_weight(slot, p) * code * code;
    }
    const double weight = points_.weight(slot);
    const auto mean = sum / weight;
    prior_levels_.at(c).add(mean);
    prior_levels_.at(c).variance += (squares / weight - mean * mean) / prior_levels_.at(c).samples;
    levels_.at(c).add(values[c]);
  }
  if (--to_match_ == 0) place_prior();
}

void Seasonal::place_prior() {
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    const auto& prior = prior_levels_.at(c);
    const auto& own = levels_.at(c);
    const auto smallest = std::max(std::fabs(own.mean) / 1e6, 0x1p-40);
    const auto step = std::max(std::sqrt(own.variance / std::max(prior.variance, 1.0)), smallest);
    frames_.at(c) = Frame(own.mean - prior.mean * step, step);
  }
  prior_levels_ = {};
  for (std::size_t s = 0; s < slots_of(settings_); ++s) refresh(s);
}

}  // namespace wayside::rules::detect
