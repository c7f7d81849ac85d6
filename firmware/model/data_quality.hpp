// The four measures of data quality, as counts: counts of devices and hours can be added up, shares cannot.
// The characteristics are those of ISO/IEC 25012:2008, 5.3 (completeness, accuracy, consistency; currentness, which
// DAMA's six dimensions call timeliness); how each is counted here is docs/data-quality.md. Values; integers only.
//
//   completeness = received / expected               expected: by the period, over `covered`
//   accuracy     = (judged - inaccurate) / judged    judged: samples that the device answered, whatever they said
//   consistency  = (judged - inconsistent) / judged
//   timeliness   = (judged - late) / judged
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.hpp"
#include "model/place.hpp"

namespace wayside::model {

struct Measures {
  std::chrono::microseconds covered{};  // how far back the counts reach
  std::uint64_t expected = 0;
  std::uint64_t received = 0;  // usable: quality not bad, neither a repetition nor overtaken
  std::uint64_t judged = 0;
  std::uint64_t inaccurate = 0;    // range, rate, sentinel or stuck value
  std::uint64_t inconsistent = 0;  // repeated, out of order, impossible time, another type, or the driver's own doubt
  std::uint64_t late = 0;          // taken more than one period after it was due
  std::uint64_t suppressed = 0;    // of the received: not sent, because the dead band holds them

  void add(const Measures& other) {
    covered = std::max(covered, other.covered);
    expected += other.expected;
    received += other.received;
    judged += other.judged;
    inaccurate += other.inaccurate;
    inconsistent += other.inconsistent;
    late += other.late;
    suppressed += other.suppressed;
  }
  // Nothing to complain of, and something seen.
  [[nodiscard]] bool whole() const { return received >= expected && inaccurate == 0 && inconsistent == 0 && late == 0; }
};

// A share in hundredths of a percent, rounded down, so that 100 % means all; none where there is nothing to judge.
[[nodiscard]] constexpr std::optional<std::uint32_t> share(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return std::nullopt;
  return static_cast<std::uint32_t>(std::min(part, all) * 10'000 / all);
}
[[nodiscard]] constexpr std::optional<std::uint32_t> completeness(const Measures& m) {
  return share(m.received, m.expected);
}
[[nodiscard]] constexpr std::optional<std::uint32_t> accuracy(const Measures& m) {
  return share(m.judged - m.inaccurate, m.judged);
}
[[nodiscard]] constexpr std::optional<std::uint32_t> consistency(const Measures& m) {
  return share(m.judged - m.inconsistent, m.judged);
}
[[nodiscard]] constexpr std::optional<std::uint32_t> timeliness(const Measures& m) {
  return share(m.judged - m.late, m.judged);
}

struct PointQuality {
  std::string point;  // within the device
  Measures hour;
  Measures day;
};

// The report of one device. A point that is not listed was whole in both spans; a device of many points comes in
// several reports of one instant, the device's own measures only in the first.
struct DataQuality {
  DeviceId device;
  Responsibility place;
  std::optional<Measures> hour;  // of all points together
  std::optional<Measures> day;
  std::vector<PointQuality> points;
};

}  // namespace wayside::model
