// Counter plausibility: a counter (energy, vehicles, pulses) may only rise, not faster than the thing it counts, and
// begins anew only after a reset or where its register ends.
//   rise = (now - before), plus the register's range if that makes a fall plausible
//   score = rise / (fastest * time + one count);  1 of a reset;  10 of a fall that is neither
// Source: a counter that ends begins at zero, RFC 2578 ch. 7.1.6 (Counter32); `fastest` is what the rating plate or the
// road allows. Scale: above 1 is impossible, 1 a reset. Learns nothing. Satisfies Detector.
#pragma once

#include <optional>
#include <span>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct CounterCheckSettings {
  double fastest = 1;  // counts per second, above 0
  double one = 1;      // the counter's last digit: it may rise by that at any time
  double range = 0;    // values of its register (65536, 1e6); 0: it never ends
};

class CounterCheck {
 public:
  enum class Finding { plausible, too_fast, reset, fell };

  explicit CounterCheck(const CounterCheckSettings& settings) : settings_(settings) {}

  // None of the first sample, and of a value that is not a number.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const { return sizeof(*this); }

  // Of the last step that gave a score.
  [[nodiscard]] Finding finding() const { return finding_; }
  // What was counted between the last two samples; none after a reset or a fall, where nobody knows.
  [[nodiscard]] std::optional<double> rise() const { return rise_; }

 private:
  double judge(double now, double seconds);

  CounterCheckSettings settings_;
  struct Sample {
    double value = 0;
    base::BootTime at{};
  };
  std::optional<Sample> before_;
  Finding finding_ = Finding::plausible;
  std::optional<double> rise_;
};

}  // namespace wayside::rules::detect
