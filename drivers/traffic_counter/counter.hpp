// One counter of a device, made endless: tells a rollover from a restart of the device and from a gap that nobody can
// bridge. Pure: the same state and input give the same result. See README.md for the rules.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace wayside::drivers {

struct CounterSettings {
  int bits = 32;                                // width of the device's counter, 16 or 32
  double max_rate = 1.2;                        // the most that can truly be counted, per second
  std::chrono::microseconds update_interval{};  // how long the device may hold a count back
  std::chrono::microseconds flow_window{};
};

// What is kept of a counter between reads.
struct CounterState {
  std::uint64_t raw = 0;
  std::int64_t total = 0;
  base::BootTime at{};  // of the last good read, an offset of `boot`
  base::BootId boot{};
  base::BootTime window_at{};  // where the running window of the flow began
  std::int64_t window_total = 0;
  std::optional<double> flow;  // per hour, of the last full window
};

enum class CounterStep : std::uint8_t {
  first,  // nothing to compare with
  counted,
  reboot,  // counted over a restart of the gateway: how long it took is not known
  reset,   // the device began anew: what it shows came since then, what came before is lost
  gap,     // too long or too odd to say: not counted
};

struct CounterResult {
  CounterStep step = CounterStep::first;
  std::optional<std::int64_t> delta;  // total after = total before + delta; none: the total stays
  std::optional<double> flow;         // per hour
  bool flow_is_full = false;          // over a full window
  CounterState state;
};

// Requires: raw < 2^bits.
[[nodiscard]] CounterResult advance(const CounterSettings& settings, const std::optional<CounterState>& last,
                                    std::uint64_t raw, base::BootTime at, const base::BootId& boot);

}  // namespace wayside::drivers
