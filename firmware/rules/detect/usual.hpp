// What is usual at this hour of the week: the median of the means of that hour in the last six weeks in which it was
// seen; before it was seen twice, of that hour on all days. The expected rate of zero_count, the night flow of a pipe.
// Source: the history checks of traffic counters (FHWA TMAS: the same day of the week in the last six weeks).
// Scale: the unit of the value. Without a trusted clock it says and learns nothing. Satisfies Detector.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

class Usual {
 public:
  static constexpr std::size_t kWeeks = 6;
  static constexpr std::size_t kHours = 168;

  // Usual in the hour of this sample, judged by the hours before it.
  std::optional<double> step(const Instant& when, std::span<const double> values);
  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const { return sizeof(*this); }

 private:
  struct Hour {
    std::array<float, kWeeks> means{};
    std::uint8_t count = 0;
    std::uint8_t next = 0;
  };
  struct Running {
    std::int64_t hour = 0;  // since 1970, local
    double sum = 0;
    std::uint32_t samples = 0;
    base::BootTime first{};
    base::BootTime last{};
  };

  void close();
  [[nodiscard]] std::optional<double> usual(std::size_t hour) const;

  std::array<Hour, kHours> hours_;  // from Thursday 00:00, as 1970 began
  std::optional<Running> running_;
};

}  // namespace wayside::rules::detect
