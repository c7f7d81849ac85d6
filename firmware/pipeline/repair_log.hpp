// What a self-repair remembers over a restart (state space "repair", key: Repair::key()): its tries, so that there are
// never more of them within their time, and whether one is under way. The times of another boot count as now: rather a
// try too few. Values; home: core.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace wayside::pipeline {

struct RepairLog {
  static constexpr const char* kSpace = "repair";
  static constexpr std::size_t kMostTries = 100;

  std::vector<base::BootTime> tries;  // oldest first
  bool open = false;                  // one has begun, and its end was not told

  // Forgets those that are `within` ago and longer.
  void forget(base::BootTime now, std::chrono::microseconds within);
};

[[nodiscard]] base::Bytes encode(const RepairLog& log, const base::BootId& boot);
// None: not of this release.
[[nodiscard]] std::optional<RepairLog> decode_repair_log(base::ByteView bytes, const base::BootId& boot,
                                                         base::BootTime now);

}  // namespace wayside::pipeline
