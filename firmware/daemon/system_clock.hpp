// The Clock of the daemon: CLOCK_BOOTTIME, CLOCK_REALTIME, the kernel's boot id and its word on synchronisation.
#pragma once

#include "base/clock.hpp"
#include "config/gateway_config.hpp"

namespace wayside::daemon {

class SystemClock final : public base::Clock {
 public:
  explicit SystemClock(config::ClockTrust trust);
  [[nodiscard]] base::BootTime boot_now() const override;
  [[nodiscard]] base::WallTime wall_now() const override;
  [[nodiscard]] bool wall_trusted() const override;
  [[nodiscard]] std::chrono::microseconds wall_uncertainty() const override;
  [[nodiscard]] base::BootId boot_id() const override { return boot_; }

 private:
  config::ClockTrust trust_;
  base::BootId boot_{};
};

}  // namespace wayside::daemon
