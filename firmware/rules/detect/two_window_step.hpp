// Two-window step: has the level changed between the last n samples and the n before them?
//   t = |mean of the last n - mean of the n before| / sqrt((s1^2 + s2^2) / n)
// Source: Welch's t, Biometrika 34 (1947), with equal counts. The samples of a series hang together, so that a limit of
// 6 to 10 is right where the table says 2. Scale: standard errors, at most 1e6. Satisfies Detector.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct TwoWindowStepSettings {
  std::uint32_t window = 30;  // n, 2 to TwoWindowStep::kLargestWindow
};

class TwoWindowStep {
 public:
  static constexpr std::uint32_t kLargestWindow = 128;  // 2 KiB, in memory and saved

  // Requires: settings within their ranges.
  explicit TwoWindowStep(const TwoWindowStepSettings& settings);

  // None until both windows are full, and of a value that is not a number. While frozen the window before stands still.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const;

 private:
  // The last values put in, oldest first once it is full; memory fixed when made.
  struct Ring {
    std::vector<double> values;
    std::size_t at = 0;
  };
  struct Moments {
    double mean = 0;
    double variance = 0;
  };

  [[nodiscard]] std::optional<double> put(Ring& ring, double value) const;  // what it pushed out
  [[nodiscard]] static Moments moments(const Ring& ring);
  static void write(base::ByteWriter& body, const Ring& ring);
  [[nodiscard]] bool read(base::ByteReader& body, Ring& ring) const;

  TwoWindowStepSettings settings_;
  Ring last_, before_;
};

}  // namespace wayside::rules::detect
