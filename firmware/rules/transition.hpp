// What leaves when an alarm changes: everything a person needs who was not there (which rule, where, who answers,
// the values it saw). Made only at a transition, never per reading. Pure functions; home: core.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/alarm.hpp"
#include "model/point_table.hpp"
#include "rules/rule.hpp"

namespace wayside::rules {

// Points of an aggregation that a transition names.
inline constexpr std::size_t kMostOffenders = 16;

// What an alarm is about.
struct Subject {
  model::DeviceId device;
  std::string instance;
  model::PointHandle home{};
  std::vector<model::PointHandle> points;                     // what it saw
  const std::map<std::string, std::string>* group = nullptr;  // labels of a group; null: it is not one
};

// "group/name device[ instance]"
[[nodiscard]] std::string alarm_identity(const Rule& rule, std::string_view device, std::string_view instance);

// What the places of a summary are filled with.
struct Fillings {
  std::optional<double> value;                 // {{ $value }}; without it the first input's newest value
  std::vector<std::optional<double>> results;  // of its expressions
};

// All but count, from, to and cause.
[[nodiscard]] model::AlarmTransition describe(const Rule& rule, const Subject& subject, const model::PointTable& points,
                                              const Fillings& fillings, base::BootTime now);

// The end of an alarm whose rule or device is gone: only the record, and the device if it is still there, know more.
[[nodiscard]] model::AlarmTransition describe_removed(const model::AlarmRecord& record, base::BootTime now);

}  // namespace wayside::rules
