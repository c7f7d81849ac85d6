// The Clock seam: boot time (CLOCK_BOOTTIME, never steps) orders and schedules everything; wall time is only
// for people and is bound late (contracts: time). Implementations must be callable from any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace wayside::base {

struct BootClock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock, duration>;
  static constexpr bool is_steady = true;
};

using BootTime = BootClock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// The kernel's boot id: 16 random bytes, new at each start of the machine.
using BootId = std::array<std::uint8_t, 16>;

[[nodiscard]] constexpr std::int64_t to_us(BootTime t) { return t.time_since_epoch().count(); }
[[nodiscard]] constexpr BootTime from_us(std::int64_t us) { return BootTime{std::chrono::microseconds{us}}; }

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual BootTime boot_now() const = 0;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
  // True while the wall clock is known to be right (synchronised, or the site vouches for its battery clock).
  [[nodiscard]] virtual bool wall_trusted() const = 0;
  // How far off a trusted wall clock may be.
  [[nodiscard]] virtual std::chrono::microseconds wall_uncertainty() const = 0;
  [[nodiscard]] virtual BootId boot_id() const = 0;
};

}  // namespace wayside::base
