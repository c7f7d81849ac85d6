// Flatline: a value that does not change while samples keep coming. A sensor that froze, a register nobody writes.
//   score = time since the value last changed / T, at most 1
// Source: the flat line test of the IOOS QARTOD manuals, with a time in place of counts of samples. Values are compared
// as they are, without a tolerance: the noise of a living sensor changes its last digit. Scale: share of T, 1 is flat.
// Learns nothing. Satisfies Detector.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct FlatlineSettings {
  std::chrono::seconds after{3600};  // T, above 0
  std::uint32_t samples = 5;         // equal ones needed to be flat: two an hour apart show little
};

class Flatline {
 public:
  explicit Flatline(const FlatlineSettings& settings) : settings_(settings) {}

  // None of a value that is not a number.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const { return sizeof(*this); }

 private:
  FlatlineSettings settings_;
  double value_ = 0;
  std::uint32_t equal_ = 0;  // samples, up to settings_.samples
  base::BootTime since_{};
};

}  // namespace wayside::rules::detect
