// What the platform asks of the gateway, read from its message (wire/order), and what it may be allowed to ask.
// Values; any thread.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "model/alarm_order.hpp"
#include "model/config_version.hpp"
#include "model/ids.hpp"
#include "model/value.hpp"

namespace wayside::model {

// What may be allowed, each by itself.
enum class OrderKind : std::uint8_t { write, alarms, log_level, query, config };

inline constexpr std::array kOrderKinds{OrderKind::write, OrderKind::alarms, OrderKind::log_level, OrderKind::query,
                                        OrderKind::config};

[[nodiscard]] constexpr std::string_view to_string(OrderKind kind) {
  switch (kind) {
    case OrderKind::write: return "write";
    case OrderKind::alarms: return "alarms";
    case OrderKind::log_level: return "log-level";
    case OrderKind::query: return "query";
    case OrderKind::config: return "config";
  }
  return "?";
}

struct WriteOrder {
  DeviceId device;
  std::string point;
  Value value;  // a text is read by the point's kind
};

struct LogLevelOrder {
  base::log::Level level = base::log::Level::info;
  std::chrono::microseconds span{};  // 0: as long as it is usual
};

// A configuration to be put to work, on trial.
struct ConfigOrder {
  std::optional<ConfigBundle> bundle;  // none: the version
  std::uint64_t version = 0;
  std::chrono::microseconds within{};  // how long it may do worse
  std::string reason;
};

struct PointsQuery {
  DeviceId device;
  std::string point;  // empty: all
};

struct AlarmsQuery {};

struct HistoryQuery {
  DeviceId device;
  std::string point;  // empty: all
  base::WallTime from{};
  base::WallTime until{};
};

struct Order {
  std::string gateway;
  std::string id;
  std::string by;
  std::optional<base::WallTime> issued;
  std::optional<base::WallTime> expires;
  // The AlarmOrder's `by` is left empty: who it is comes from above.
  std::variant<WriteOrder, AlarmOrder, LogLevelOrder, PointsQuery, AlarmsQuery, HistoryQuery, ConfigOrder> body;
};

[[nodiscard]] inline OrderKind kind_of(const Order& order) {
  if (std::holds_alternative<WriteOrder>(order.body)) return OrderKind::write;
  if (std::holds_alternative<AlarmOrder>(order.body)) return OrderKind::alarms;
  if (std::holds_alternative<LogLevelOrder>(order.body)) return OrderKind::log_level;
  if (std::holds_alternative<ConfigOrder>(order.body)) return OrderKind::config;
  return OrderKind::query;
}

enum class AnswerOutcome : std::uint8_t { done = 1, not_done, refused, expired, malformed, unknown };

[[nodiscard]] constexpr std::string_view to_string(AnswerOutcome outcome) {
  switch (outcome) {
    case AnswerOutcome::done: return "done";
    case AnswerOutcome::not_done: return "not_done";
    case AnswerOutcome::refused: return "refused";
    case AnswerOutcome::expired: return "expired";
    case AnswerOutcome::malformed: return "malformed";
    case AnswerOutcome::unknown: return "unknown";
  }
  return "?";
}

}  // namespace wayside::model
