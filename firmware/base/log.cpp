#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>

namespace wayside::base::log {
namespace {

constexpr std::size_t kRemembered = 256;  // distinct lines watched for repeats
constexpr auto kRepeatWindow = std::chrono::seconds{10};

std::atomic<Level> g_level{Level::info};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string_view journal_priority(Level level) {
  switch (level) {
    case Level::debug: return "<7>";
    case Level::info: return "<6>";
    case Level::warn: return "<4>";
    case Level::error: return "<3>";
    case Level::off: return "";
  }
  return "";
}

// The one place of the product with a mutex: lines come from every thread.
class Writer {
 public:
  Writer() : logger_("wayside", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    under_journal_ = std::getenv("JOURNAL_STREAM") != nullptr;
    logger_.set_pattern(under_journal_ ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %-5l %v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  void write(Level level, std::string line) {
    const auto now = std::chrono::steady_clock::now();  // below the seams: only paces the log itself
    std::uint64_t suppressed = 0;
    {
      const std::lock_guard lock(mutex_);
      if (recent_.size() >= kRemembered) recent_.clear();
      auto& seen = recent_[line];
      if (seen.at != std::chrono::steady_clock::time_point{} && now - seen.at < kRepeatWindow) {
        ++seen.suppressed;
        return;
      }
      suppressed = seen.suppressed;
      seen = {now, 0};
    }
    if (suppressed > 0) line += fmt::format(" (suppressed {})", suppressed);
    logger_.log(to_spdlog(level), "{}{}", under_journal_ ? journal_priority(level) : "", line);
  }

 private:
  struct Seen {
    std::chrono::steady_clock::time_point at;
    std::uint64_t suppressed = 0;
  };
  spdlog::logger logger_;
  bool under_journal_ = false;
  std::mutex mutex_;
  std::map<std::string, Seen> recent_;
};

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\n\t") != std::string_view::npos;
}

}  // namespace

Field::Field(std::string_view k, double v) : key(k), value(fmt::format("{:g}", v)) {}

void set_level(Level level) { g_level = level; }
Level level() { return g_level; }

void write(Level level, std::string_view event, Fields fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string line(event);
  for (const auto& field : fields) {
    if (needs_quotes(field.value)) {
      std::string quoted;
      for (const char c : field.value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c == '\n' ? ' ' : c;
      }
      line += fmt::format(" {}=\"{}\"", field.key, quoted);
    } else {
      line += fmt::format(" {}={}", field.key, field.value);
    }
  }
  static Writer writer;
  writer.write(level, std::move(line));
}

}  // namespace wayside::base::log
