// What leaves when an alarm changes: everything a person needs who was not there (which rule, where, who answers,
// the values it saw). Made only at a transition, never per reading. Pure functions; home: core.
#pragma once

#include <optional>
#include <string>

#include "model/alarm.hpp"
#include "rules/binder.hpp"
#include "rules/inputs.hpp"
#include "rules/rule.hpp"

namespace wayside::rules {

// "group/name device[ instance]"
[[nodiscard]] std::string alarm_identity(const Rule& rule, const Binding& binding);

// All but count, from, to and cause. `value`: what {{ $value }} says; without it the first input's newest value.
[[nodiscard]] model::AlarmTransition describe(const Rule& rule, const Binding& binding, const Inputs& inputs,
                                              std::optional<double> value, base::BootTime now);

// The end of an alarm whose rule or device is gone: only the record, and the device if it is still there, know more.
[[nodiscard]] model::AlarmTransition describe_removed(const model::AlarmRecord& record, base::BootTime now);

}  // namespace wayside::rules
