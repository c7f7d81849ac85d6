// The figures by which an alarm system is judged (ISA-18.2 / IEC 62682, monitoring): alarms a day, the worst ten
// minutes, time in flood, the top offenders; of the last 30 days (UTC). Days have dates: what happens before the clock
// is trusted waits in an undated day and joins the first dated one.
// Bounded: 31 days of at most 16 names. The names that are kept are found by Space-Saving (Metwally, Agrawal, El Abbadi
// 2005): a name that came in by taking another's place may be counted too high, by `over` at the most.
// Pure; home: core, owned by the pipeline's alarm watch, which keeps each day in the state table.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "model/rule_spec.hpp"
#include "rules/alarm_load.hpp"

namespace wayside::rules {

struct AlarmDay {
  struct Top {
    std::string alarm;
    std::uint64_t raises = 0;
    std::uint64_t over = 0;
    bool operator==(const Top&) const = default;
  };
  static constexpr std::size_t kMostTop = 16;

  std::uint64_t raises = 0;
  std::array<std::uint64_t, 4> by_severity{};  // low .. critical
  std::uint64_t peak = 0;                      // of ten minutes
  std::uint64_t floods = 0;
  std::chrono::microseconds in_flood{};
  std::uint64_t stale = 0;       // alarms that became so
  std::uint64_t chattering = 0;  // alarms that began to
  std::uint64_t hidden = 0;      // would have been raised, had they not been hidden
  std::vector<Top> top;          // the worst first

  void count(const std::string& alarm, std::uint64_t raises = 1, std::uint64_t over = 0);
  void add(const AlarmDay& other);
  bool operator==(const AlarmDay&) const = default;
};

class AlarmKpi {
 public:
  static constexpr std::size_t kMostDays = 30;
  static inline const std::string kUndated = "undated";

  struct Entry {
    const std::string& key;  // "2026-11-25" or kUndated
    AlarmDay& day;
  };
  // The day of an instant, to be counted into; none: not dated. In place of a day too old to be kept the oldest one.
  Entry day(std::optional<base::WallTime> wall);

  // Keys that are no longer kept (too old, or the undated one that has found its date), to be removed from the store;
  // told once.
  [[nodiscard]] std::vector<std::string> take_removed();

  // Oldest first; the undated one, if there is one, last.
  [[nodiscard]] std::vector<std::pair<std::string, AlarmDay>> days() const;
  // Over all days, the worst first, at most `most`.
  [[nodiscard]] std::vector<AlarmDay::Top> top(std::size_t most) const;

  [[nodiscard]] static base::Bytes encode(const AlarmDay& day);
  // None: bytes that are not a day.
  [[nodiscard]] static std::optional<AlarmDay> decode(base::ByteView bytes);
  // False: not a key of a day.
  bool restore(const std::string& key, AlarmDay day);

 private:
  void forget_oldest();

  std::map<std::string, AlarmDay> days_;  // by date
  std::optional<AlarmDay> undated_;
  std::vector<std::string> removed_;
};

}  // namespace wayside::rules
