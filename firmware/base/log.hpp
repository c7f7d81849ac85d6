// Structured one-line log: a fixed event name and key/value fields, to stderr (journald reads the priority
// prefix when the output is a journal). Any thread. error = someone must act; warn = degraded and self-healing;
// info = a change of state; debug = each poll. What one event may fill is bounded (log_limit.hpp): the lines
// beyond are counted, and the count is told. No secrets, no payload bytes above debug.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace wayside::base::log {

enum class Level { debug, info, warn, error, off };

[[nodiscard]] constexpr std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warn";
    case Level::error: return "error";
    case Level::off: return "off";
  }
  return "?";
}

struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, double v);

  std::string_view key;
  std::string value;
};

using Fields = std::initializer_list<Field>;

void set_level(Level level);
[[nodiscard]] Level level();
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

}  // namespace wayside::base::log
