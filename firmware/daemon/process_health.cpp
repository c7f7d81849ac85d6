#include "daemon/process_health.hpp"

#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

namespace wayside::daemon {
namespace {

constexpr std::uint64_t kKiB = 1024;

std::string text_of(const char* path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

// The number of "MemAvailable:    1234 kB", in bytes; 0: there is no such line.
std::uint64_t field(const std::string& text, std::string_view name) {
  const auto line = text.find(name);
  if (line == std::string::npos) return 0;
  const auto digits = text.find_first_of("0123456789", line + name.size());
  if (digits == std::string::npos) return 0;
  std::uint64_t value = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), value);
  return value * kKiB;
}

// "0.42 0.36 ...": 42.
std::uint32_t load_hundredths(const std::string& text) {
  double load = 0;
  std::from_chars(text.data(), text.data() + text.size(), load);
  return static_cast<std::uint32_t>(load * 100 + 0.5);
}

std::chrono::microseconds time_of(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

std::optional<model::ProcessHealth> read_process_health() {
  const auto status = text_of("/proc/self/status");
  rusage usage{};
  if (status.empty() || getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  model::ProcessHealth out;
  out.cpu = time_of(usage.ru_utime) + time_of(usage.ru_stime);
  out.memory_bytes = field(status, "VmRSS:");
  out.memory_peak_bytes = field(status, "VmHWM:");
  out.memory_available_bytes = field(text_of("/proc/meminfo"), "MemAvailable:");
  out.load_hundredths = load_hundredths(text_of("/proc/loadavg"));
  return out;
}

}  // namespace wayside::daemon
