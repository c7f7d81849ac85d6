// The Clock of the daemon: CLOCK_BOOTTIME, CLOCK_REALTIME, the kernel's boot id and its word on synchronisation. Where
// the kernel may not be asked (a sandbox that keeps all calls about the clock away: ProtectClock= of the unit), the
// mark of systemd-timesyncd answers, a file that it touches whenever it has heard its server.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/gateway_config.hpp"

namespace wayside::daemon {

class SystemClock final : public base::Clock {
 public:
  static constexpr const char* kTimesyncMark = "/run/systemd/timesync/synchronized";

  explicit SystemClock(config::ClockTrust trust, std::string mark = kTimesyncMark);
  [[nodiscard]] base::BootTime boot_now() const override;
  [[nodiscard]] base::WallTime wall_now() const override;
  [[nodiscard]] bool wall_trusted() const override;
  [[nodiscard]] std::chrono::microseconds wall_uncertainty() const override;
  [[nodiscard]] base::BootId boot_id() const override { return boot_; }

 private:
  config::ClockTrust trust_;
  std::string mark_;
  base::BootId boot_{};
};

// How far off the wall clock may be, by the mark of timesyncd; none: it is not synchronised, or has not been for so
// long that the kernel, too, would say that it is not (16 s at 500 ppm). Errors of the file system count as no mark.
[[nodiscard]] std::optional<std::chrono::microseconds> uncertainty_by_mark(const std::string& mark, base::WallTime now);

}  // namespace wayside::daemon
