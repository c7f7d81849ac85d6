// How unlikely a sample is at this time of the day or week. For each slot of the cycle a few weighted points stand for
// what has been seen there; the likelihood is a kernel density over them, with the slots around as a prior that fades
// as the slot fills. One channel, or two judged together (a lane's volume and density: where the sample lies in the
// plane says more than each alone). No model of the shape, so two regimes in one slot are two clusters and both usual.
// Formula, sources and the reason for each number: docs/detectors/seasonal.md. Home: core, owned by the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/baseline_summary.hpp"
#include "rules/detect/detector.hpp"
#include "rules/detect/seasonal_settings.hpp"
#include "rules/detect/slot_points.hpp"

namespace wayside::rules::detect {

class Seasonal {
 public:
  using BaselineSummary = model::BaselineSummary;

  // `settings` must be valid().
  explicit Seasonal(const SeasonalSettings& settings);

  // 0..1: minus log of the likelihood relative to the densest place possible, over `settings.full`; not more than
  // what `settings.agree` of the last `settings.of` samples reach. None without local time or until the hours around
  // have been seen.
  std::optional<double> step(const Instant& when, std::span<const double> values);

  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const;

  // What it has learned, without unit or level; and a start from such, when no more than a day and a half of own
  // samples has been learned. The points of the prior are placed once its slots' middles are known, from as many own
  // samples; those there are count, and nothing is said until then; a prior that still waits gives way to a newer one.
  // False, and nothing has changed: not of this cycle, nothing in it, or too much of its own.
  [[nodiscard]] BaselineSummary summary() const;
  bool start_from(const BaselineSummary& prior);
  static constexpr unsigned kPriorSamples = 4;  // what a slot of a prior counts as

 private:
  using Pair = std::array<double, 2>;
  struct Level {
    double mean = 0;
    double variance = 0;
    double samples = 0;
    void add(double value);
  };
  void watch_clock(const Instant& when);
  [[nodiscard]] std::optional<double> judge(std::size_t slot, std::span<const double> values) const;
  [[nodiscard]] bool may_learn(const Instant& when) const;
  void learn(std::size_t slot, std::span<const double> values);
  [[nodiscard]] bool admit(std::span<const double> values);
  void refresh(std::size_t slot);
  void begin_matching();
  void take_known(const std::array<std::vector<float>, 2>& middles, const std::vector<bool>& met);
  void match_levels(std::size_t slot, std::span<const double> values);
  void place_prior();
  void place(std::size_t slot, const BaselineSummary::Slot& from, const BaselineSummary& prior);
  void place_all(const BaselineSummary& prior);
  [[nodiscard]] bool fits(const BaselineSummary& prior) const;
  [[nodiscard]] bool fresh() const;
  [[nodiscard]] bool little() const;
  [[nodiscard]] Pair codes(std::span<const double> values) const;
  [[nodiscard]] Pair scales(std::size_t slot) const;
  struct Runs {  // of slots; two, because the end of a day and its beginning lie side by side
    std::size_t first, count;
    std::size_t second, second_count;
  };
  [[nodiscard]] Runs beside(std::size_t slot, std::size_t reach) const;
  [[nodiscard]] double likelihood(std::size_t slot, const Pair& at, const Pair& width) const;
  [[nodiscard]] double agreed(double unlikely);
  [[nodiscard]] std::uint64_t stamp() const;
  void forget_all();

  SeasonalSettings settings_;
  double deviations_;  // of a normal distribution, that `settings.inner` of it is within
  SlotPoints points_;
  std::array<std::vector<float>, 2> spreads_;  // of each slot, in codes
  std::array<Frame, 2> frames_;
  std::array<Level, 2> levels_;
  std::array<Level, 2> steps_;     // log of how far two days lie apart, in spreads of the waiting prior
  std::vector<bool> seen_;         // slots, since a prior has been waiting
  std::array<float, 8> recent_{};  // what was found unlikely last, the newest first
  unsigned to_match_ = 0;          // visits of slots still to be seen before the prior is placed
  std::size_t matched_slot_ = 0;
  std::optional<Instant> last_;
  std::optional<base::BootTime> learned_;
  std::optional<base::BootTime> hold_until_;
};

static_assert(Detector<Seasonal>);

}  // namespace wayside::rules::detect
