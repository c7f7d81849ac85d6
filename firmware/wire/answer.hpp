// The answer to an order of the platform (proto: downlink.proto). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "model/alarm.hpp"
#include "model/command.hpp"
#include "model/history.hpp"
#include "model/order.hpp"
#include "wire/envelope.hpp"

namespace wayside::wire {

struct AlarmList {
  std::vector<model::AlarmRecord> alarms;
  std::uint32_t more = 0;  // left out
};

struct PointValues {
  struct One {
    std::string point;
    model::Value value;
    model::Quality quality = model::Quality::good;
    std::optional<base::BootTime> at;  // none: nothing was ever read
    std::string unit;
  };
  model::DeviceId device;
  std::vector<One> values;
};

struct HistoryPage {
  std::uint32_t page = 0;
  bool last = true;
  std::vector<model::HistorySample> samples;
  std::uint64_t so_far = 0;
};

struct ConfigTaken {
  std::uint64_t version = 0;  // 0: it was not taken, or is at work already
  std::vector<std::string> problems;
  std::vector<std::string> changes;
};

struct Answer {
  std::string id;
  model::AnswerOutcome outcome = model::AnswerOutcome::done;
  std::string reason;
  std::variant<std::monostate, model::CommandResult, AlarmList, PointValues, HistoryPage, ConfigTaken> result = {};
};

struct AnswerHeader {
  model::GatewayId gateway;
  base::BootId boot{};
  TimeBase time;
};

[[nodiscard]] base::Bytes encode_answer(const AnswerHeader& header, const Answer& answer);

}  // namespace wayside::wire
