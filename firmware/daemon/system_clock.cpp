#include "daemon/system_clock.hpp"

#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>

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

}  // namespace

SystemClock::SystemClock(config::ClockTrust trust) : trust_(trust), boot_(read_boot_id()) {}

base::BootTime SystemClock::boot_now() const { return base::BootTime{read(CLOCK_BOOTTIME)}; }

base::WallTime SystemClock::wall_now() const { return base::WallTime{read(CLOCK_REALTIME)}; }

bool SystemClock::wall_trusted() const {
  if (trust_ == config::ClockTrust::rtc) return true;
  timex t{};
  return ::adjtimex(&t) != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

std::chrono::microseconds SystemClock::wall_uncertainty() const {
  if (trust_ == config::ClockTrust::rtc) return std::chrono::seconds{1};
  timex t{};
  ::adjtimex(&t);
  return std::chrono::microseconds{t.maxerror};
}

}  // namespace wayside::daemon
