// What a series usually is at this time of day: mean and mean absolute deviation per half hour, forgetting older days.
// Robust: a value pulls the mean by no more than kClip deviations. Plain value, 800 bytes; home: its detector.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "rules/detect/likelihood/day_phase.hpp"

namespace wayside::rules::detect::likelihood {

class DayProfile {
 public:
  // The sample now judged is of this time of day, `elapsed_s` after the one before. Before residual() and learn().
  void move_to(std::int64_t second_of_day, double elapsed_s);

  // |value - usual| / sqrt(1 + 1/n), n the weight of the mean: an own error of a young mean counts as ordinary. None
  // until the half hour was seen on an earlier day and has kLeastWeight samples.
  [[nodiscard]] std::optional<double> residual(double value) const;
  void learn(double value);

  void turn(std::int64_t seconds);  // what was learned at t is now of t + seconds: the site's clock became known
  void save(base::ByteWriter& out) const;
  [[nodiscard]] bool load(base::ByteReader& in);

  static constexpr std::size_t kBins = 48;
  static constexpr std::int64_t kBinSeconds = DayPhase::kDay / static_cast<std::int64_t>(kBins);
  static constexpr float kLeastWeight = 5.0F;
  static constexpr double kMemoryDays = 7.0;    // a whole week: working days and the weekend
  static constexpr double kLeastMemory = 20.0;  // samples, for slow series
  static constexpr double kMostMemory = 1e6;    // samples
  static constexpr float kClip = 5.0F;

 private:
  struct Bin {
    float mean = 0.0F;
    float deviation = 0.0F;
    float weight = 0.0F;      // samples, up to the memory
    std::uint8_t visits = 0;  // days begun, 2 at most
  };

  std::array<Bin, kBins> bins_{};
  std::uint32_t bin_ = kBins;  // of the sample now judged; kBins: none yet
  float period_s_ = 0.0F;      // between samples; 0: not known
  float intervals_ = 0.0F;
};

}  // namespace wayside::rules::detect::likelihood
