// What is kept of a TDC detector between turns. Values; any thread.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace wayside::drivers::tdc {

// Sums over the interval that is running, and what the last full one gave.
struct Window {
  bool open = false;
  base::BootTime since{};  // an offset of `boot`
  base::BootId boot{};
  std::int64_t vehicles = 0;
  std::int64_t speed_sum = 0;  // km/h, of `speeds` vehicles
  std::int64_t speeds = 0;
  std::int64_t covered = 0;     // 10 ms
  bool full = false;            // the three below are of a full interval
  std::optional<double> speed;  // none: no vehicle had one
  double occupancy = 0;         // %, may be above 100
  double flow = 0;              // per hour
};

struct State {
  bool linked = false;                    // the link was reset, count_bit is valid
  bool count_bit = true;                  // of the next request for vehicles
  std::uint8_t silent = 0;                // turns without any answer, one after another
  std::optional<std::uint32_t> lifetime;  // the detector's own count, when its queue was last empty
  std::int64_t received = 0;              // vehicles that came since then
  std::int64_t total = 0;
  bool counted = false;  // total means something
  base::BootTime at{};   // when `lifetime` was told, an offset of `boot`
  base::BootId boot{};
  Window window;
};

[[nodiscard]] base::Bytes store(const State& state);
// A state that cannot be read is an empty one.
[[nodiscard]] State load(base::ByteView bytes);

}  // namespace wayside::drivers::tdc
