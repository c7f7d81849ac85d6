// Anomaly likelihood: how unusual a value of any series is, from what the series itself has done; no distribution, unit
// or period is assumed. One value; home: core, owned by the engine. Formula and figures: docs/detectors/likelihood.md.
//
// Residuals, each with its own extreme-value tail:
//   the distance from what is usual at this time of day; the mean of that distance over the last 24 and 96 samples;
//   the difference between the mean of the last 48 samples and of the 48 before them;
//   until the first time of day is known, the distance from the mean of the last 96 samples.
// Their odds are added (harmonic mean of the probabilities), and a rest follows an alarm. Score: -log10 of the
// probability, a tenth of it, 1 at most: 0.26 is the alarm threshold for every series.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "rules/detect/detector.hpp"
#include "rules/detect/likelihood/alarm_rest.hpp"
#include "rules/detect/likelihood/day_phase.hpp"
#include "rules/detect/likelihood/day_profile.hpp"
#include "rules/detect/likelihood/extreme_tail.hpp"
#include "rules/detect/likelihood/recent_window.hpp"

namespace wayside::rules::detect {

class AnomalyLikelihood {
 public:
  static constexpr double kScale = 10.0;  // a probability of 1e-10 scores 1
  static constexpr double kThreshold = likelihood::AlarmRest::kLevel / kScale;

  // None until the first residual has a tail (the 73rd sample of a new one has a score).
  std::optional<double> step(const Instant& when, std::span<const double> values);

  // Learned: profile, tails, how often it alarmed. Not the last samples: they are stale after a restart.
  void save(base::ByteWriter& out) const;
  [[nodiscard]] bool load(base::ByteReader& in);
  [[nodiscard]] static constexpr std::size_t bytes() { return sizeof(AnomalyLikelihood); }

 private:
  enum Residual : std::size_t { kLocal, kNow, kShort, kLong, kStep, kResiduals };
  static constexpr std::size_t kShortSamples = 24;
  static constexpr std::size_t kLongSamples = 96;
  static constexpr std::size_t kStepSamples = kLongSamples / 2;
  static constexpr std::size_t kLeastLocal = 12;  // samples for a mean

  // Each gives the odds against what it sees, 1/p - 1 summed; 0 for what is ordinary.
  double judge_by_profile(const Instant& when, double value);
  double judge_local(double value, bool learn);
  double judge_step(double value, bool learn);
  [[nodiscard]] bool place(const Instant& when);
  double judge(Residual which, double residual, bool learn);
  void save_body(base::ByteWriter& out) const;
  [[nodiscard]] bool load_body(base::ByteReader& in);

  likelihood::DayPhase phase_;
  likelihood::DayProfile profile_;
  likelihood::RecentWindow<kLongSamples> values_;
  likelihood::RecentWindow<kLongSamples> residuals_;
  std::array<likelihood::ExtremeTail, kResiduals> tails_;
  likelihood::AlarmRest rest_;
  std::optional<base::BootTime> last_;
};

static_assert(Detector<AnomalyLikelihood>);
static_assert(sizeof(AnomalyLikelihood) <= 4096);

}  // namespace wayside::rules::detect
