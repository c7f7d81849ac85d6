#include "pipeline/site_clock.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <stdexcept>

namespace wayside::pipeline {

struct SiteClock::Zone {
  const date::time_zone* zone = nullptr;
  // The zone is asked once for each stretch between two changes of its offset.
  mutable date::sys_info known{};
};

SiteClock::SiteClock(std::unique_ptr<Zone> zone) : zone_(std::move(zone)) {}
SiteClock::~SiteClock() = default;

base::Result<std::unique_ptr<SiteClock>> SiteClock::open(const std::string& zone) {
  try {
    auto found = std::make_unique<Zone>();
    found->zone = date::locate_zone(zone);
    found->known = found->zone->get_info(date::sys_seconds{});
    return std::unique_ptr<SiteClock>(new SiteClock(std::move(found)));
  } catch (const std::exception& error) {
    return base::Error{base::Errc::not_found, base::Consequence::fatal,
                       fmt::format("this system does not know the time zone '{}' ({})", zone, error.what())};
  }
}

std::int64_t SiteClock::offset_at(std::int64_t utc_s) const {
  const date::sys_seconds instant{std::chrono::seconds{utc_s}};
  if (instant < zone_->known.begin || instant >= zone_->known.end) {
    try {
      zone_->known = zone_->zone->get_info(instant);
    } catch (const std::exception&) {
      return 0;  // beyond what the library counts to: no year a gateway will see
    }
  }
  return zone_->known.offset.count();
}

std::optional<rules::SiteDate> SiteClock::at(base::BootTime instant) const {
  if (time_ == nullptr) return std::nullopt;
  const auto wall = time_->wall_of(instant);
  if (!wall) return std::nullopt;
  const auto utc = std::chrono::floor<std::chrono::seconds>(*wall).time_since_epoch().count();
  return rules::SiteDate{utc, utc + offset_at(utc)};
}

}  // namespace wayside::pipeline
