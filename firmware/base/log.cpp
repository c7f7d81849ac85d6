#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "base/log_limit.hpp"

namespace wayside::base::log {
namespace {

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

  ~Writer() {
    for (const auto& held : limit_.rest()) print(held);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(Level level, std::string_view event, const std::string& line) {
    const auto now = std::chrono::steady_clock::now();  // below the seams: only paces the log itself
    std::vector<LogLimit::HeldBack> held_back;
    bool written = false;
    {
      const std::lock_guard lock(mutex_);
      held_back = limit_.due(now);
      written = limit_.take(level, event, line, now);
    }
    for (const auto& held : held_back) print(held);
    if (written) print(level, line);
  }

  void tell_held_back() {
    std::vector<LogLimit::HeldBack> held_back;
    {
      const std::lock_guard lock(mutex_);
      held_back = limit_.due(std::chrono::steady_clock::now());
    }
    for (const auto& held : held_back) print(held);
  }

 private:
  void print(Level level, const std::string& line) {
    logger_.log(to_spdlog(level), "{}{}", under_journal_ ? journal_priority(level) : "", line);
  }
  void print(const LogLimit::HeldBack& held) {
    print(held.level, fmt::format("{} more={} within_s={}", held.event, held.lines, LogLimit::kWindow.count()));
  }

  spdlog::logger logger_;
  bool under_journal_ = false;
  std::mutex mutex_;
  LogLimit limit_;
};

Writer& writer() {
  static Writer writer;
  return writer;
}

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
  writer().write(level, event, line);
}

void tell_held_back() { writer().tell_held_back(); }

}  // namespace wayside::base::log
