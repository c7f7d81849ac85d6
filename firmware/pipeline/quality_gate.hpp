// The quality gate: every reading passes it before the point table and the rules see it, and leaves with an OPC UA
// style quality. Range and sentinels were checked by the decoder (their marks are recognised here); rate of change,
// stuck values, type and time are checked here. docs/data-quality.md has the table of faults and codes.
//
// O(1) a reading and a fixed 88 bytes a point; no memory is taken while it runs. After a restart it knows nothing: the
// first value of a point is taken as it is. Home: core; the point table must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/point_table.hpp"
#include "model/reading.hpp"
#include "pipeline/value_mark.hpp"

namespace wayside::pipeline {

// What was wrong with a reading. Several may hold at once; bits of Verdict::faults.
enum class Fault : std::uint16_t {
  range = 1U << 0U,            // the decoder: outside the valid range
  sentinel = 1U << 1U,         // the decoder: a raw value that means "no value"; a device that reports its own failure
  rate = 1U << 2U,             // faster than max_rate
  stuck = 1U << 3U,            // unchanged for stuck_after while the device answers
  driver = 1U << 4U,           // the driver's own doubt (counter reset, fewer sources, command against measurement)
  type = 1U << 5U,             // another kind of value than before
  outdated = 1U << 6U,         // older than its batch
  out_of_order = 1U << 7U,     // older than the point's newest
  repeated = 1U << 8U,         // the point had a value of this very instant
  impossible_time = 1U << 9U,  // before the boot or in the future
  late = 1U << 10U,            // taken more than a period after it was due
  silent = 1U << 11U,          // no answer at all: nothing was judged
};
inline constexpr int kFaults = 12;
[[nodiscard]] std::string_view to_string(Fault fault);

struct Verdict {
  std::uint16_t faults = 0;
  bool accepted = true;  // false: neither the point table nor the platform gets it (repeated, out of order)
  [[nodiscard]] bool has(Fault f) const { return (faults & static_cast<std::uint16_t>(f)) != 0; }
  void set(Fault f) { faults = static_cast<std::uint16_t>(faults | static_cast<std::uint16_t>(f)); }
};

class QualityGate {
 public:
  explicit QualityGate(const model::PointTable& points);

  // Judges one reading of a batch of the time `batch`, taken in at `now`, and sets its quality (never a better one).
  // `due`: when its poll should have begun; none: not known, then one period after the point's previous sample.
  // A reading whose time is impossible loses its value and gets the time `now`; so does a number that is not finite.
  Verdict check(model::Reading& reading, base::BootTime batch, base::BootTime now,
                std::optional<base::BootTime> due = std::nullopt);

 private:
  struct Limits {         // beside the table: infos are large and cold
    double max_rate = 0;  // 0: not checked
    std::chrono::microseconds stuck_after{};
    std::chrono::microseconds period{};
  };
  struct State {
    double level = 0;  // last plausible value, what a rate is measured from
    double candidate = 0;
    base::BootTime level_at{};
    base::BootTime candidate_at{};
    base::BootTime last_at{};  // of the last value
    ValueMark last;
    std::chrono::microseconds unchanged{};
    std::uint8_t agreeing = 0;  // implausible values in a row that agree with each other
    bool has_level = false;
  };

  static void check_time(model::Reading& reading, base::BootTime batch, base::BootTime now, Verdict& verdict);
  static bool too_fast(const Limits& limits, State& state, double value, base::BootTime at);
  void check_value(model::Reading& reading, Verdict& verdict, base::BootTime now, std::optional<base::BootTime> due);

  std::vector<Limits> limits_;
  std::vector<State> states_;
};

}  // namespace wayside::pipeline
