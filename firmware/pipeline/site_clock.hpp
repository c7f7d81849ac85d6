// The calendar for rules: dates from the gateway's time keeper, shown as the clock on the site's wall shows them
// (Howard Hinnant's date library over the system's zone files). Home: core.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "pipeline/time_keeper.hpp"
#include "rules/site_time.hpp"

namespace wayside::pipeline {

class SiteClock final : public rules::SiteTime {
 public:
  // `zone`: of the IANA data base ("Asia/Shanghai"). Errc::not_found: this system does not know it.
  [[nodiscard]] static base::Result<std::unique_ptr<SiteClock>> open(const std::string& zone);
  ~SiteClock() override;
  SiteClock(const SiteClock&) = delete;
  SiteClock& operator=(const SiteClock&) = delete;

  // Until then there are no dates. The time keeper must outlive this, or be followed no more (null).
  void follow(const TimeKeeper* time) { time_ = time; }
  [[nodiscard]] std::optional<rules::SiteDate> at(base::BootTime instant) const override;
  // Seconds that the site's clock is ahead of UTC at a date.
  [[nodiscard]] std::int64_t offset_at(std::int64_t utc_s) const;

 private:
  struct Zone;
  explicit SiteClock(std::unique_ptr<Zone> zone);

  std::unique_ptr<Zone> zone_;
  const TimeKeeper* time_ = nullptr;
};

}  // namespace wayside::pipeline
