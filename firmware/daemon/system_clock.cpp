#include "daemon/system_clock.hpp"

#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/log.hpp"

namespace wayside::daemon {
namespace {

std::chrono::microseconds read(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);  // fails only for a clock that does not exist
  return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_nsec / 1000};
}

// "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
base::BootId read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(file, text);
  std::erase(text, '-');
  const auto bytes = base::from_hex(text);
  base::BootId id{};
  if (!bytes || bytes->size() != id.size()) {
    base::log::error("clock.no_boot_id", {{"found", text}});
    return id;
  }
  std::ranges::copy(*bytes, id.begin());
  return id;
}

// How far off the kernel holds its clock to be; none: it is not synchronised. The outer: it may not be asked.
std::optional<std::optional<std::chrono::microseconds>> uncertainty_by_kernel() {
  timex t{};
  const int state = ::adjtimex(&t);
  if (state == -1) return std::nullopt;
  if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0) return std::optional<std::chrono::microseconds>{};
  return std::optional{std::chrono::microseconds{t.maxerror}};
}

std::optional<std::chrono::microseconds> uncertainty(const std::string& mark, base::WallTime now) {
  if (const auto told = uncertainty_by_kernel()) return *told;
  return uncertainty_by_mark(mark, now);
}

}  // namespace

std::optional<std::chrono::microseconds> uncertainty_by_mark(const std::string& mark, base::WallTime now) {
  constexpr std::chrono::milliseconds kAtBest{100};  // what timesyncd lets pass of a server's own error is larger
  constexpr std::chrono::seconds kUnknown{16};       // NTP_PHASE_LIMIT
  constexpr int kGrowsByOneIn = 2000;                // 500 ppm, MAXFREQ
  struct stat status {};
  if (::stat(mark.c_str(), &status) != 0) return std::nullopt;
  const base::WallTime heard{std::chrono::seconds{status.st_mtim.tv_sec} +
                             std::chrono::microseconds{status.st_mtim.tv_nsec / 1000}};
  if (heard > now) return std::nullopt;  // the clock was set back since
  const auto off = (now - heard) / kGrowsByOneIn;
  if (off >= kUnknown) return std::nullopt;
  return off + kAtBest;
}

SystemClock::SystemClock(config::ClockTrust trust, std::string mark)
    : trust_(trust), mark_(std::move(mark)), boot_(read_boot_id()) {}

base::BootTime SystemClock::boot_now() const { return base::BootTime{read(CLOCK_BOOTTIME)}; }

base::WallTime SystemClock::wall_now() const { return base::WallTime{read(CLOCK_REALTIME)}; }

bool SystemClock::wall_trusted() const {
  return trust_ == config::ClockTrust::rtc || uncertainty(mark_, wall_now()).has_value();
}

std::chrono::microseconds SystemClock::wall_uncertainty() const {
  if (trust_ == config::ClockTrust::rtc) return std::chrono::seconds{1};
  constexpr std::chrono::seconds kNotSynchronised{16};
  return uncertainty(mark_, wall_now()).value_or(kNotSynchronised);
}

}  // namespace wayside::daemon
