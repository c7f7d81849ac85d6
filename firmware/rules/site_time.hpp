// What rules may ask of the calendar: the date at an instant, once the gateway's clock is trusted. The evaluator has no
// clock of its own; the composition root gives it one of these. Home: core.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace wayside::rules {

struct SiteDate {
  std::int64_t utc_s = 0;    // seconds since 1970-01-01 00:00 UTC
  std::int64_t local_s = 0;  // the same as the clock on the site's wall shows it
};

class SiteTime {
 public:
  virtual ~SiteTime() = default;
  [[nodiscard]] virtual std::optional<SiteDate> at(base::BootTime instant) const = 0;
};

// No clock at all: what asks for the time of day is unknown.
class NoSiteTime final : public SiteTime {
 public:
  [[nodiscard]] std::optional<SiteDate> at(base::BootTime) const override { return std::nullopt; }
};

}  // namespace wayside::rules
