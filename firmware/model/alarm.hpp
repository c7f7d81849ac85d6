// An alarm: a rule's condition on one set of points, with its life (ISA-18.2 / IEC 62682). The states and the steps
// between them stand in rules/alarm_life.hpp and docs/alarms.md. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/data_class.hpp"
#include "model/ids.hpp"
#include "model/place.hpp"
#include "model/quality.hpp"
#include "model/rule_spec.hpp"
#include "model/value.hpp"

namespace wayside::model {

enum class AlarmState : std::uint8_t {
  normal = 0,
  raised = 1,          // unacknowledged, active
  acknowledged = 2,    // acknowledged, active
  returned = 3,        // returned to normal, unacknowledged
  shelved = 4,         // hidden by a person for a time
  suppressed = 5,      // hidden by design: a parent alarm explains it
  out_of_service = 6,  // hidden by a person until he takes it back
  latched = 7,         // returned to normal, acknowledged, waits for its reset
};
inline constexpr auto kLastAlarmState = AlarmState::latched;

[[nodiscard]] std::string_view to_string(AlarmState state);

// The condition holds, and it is not hidden.
[[nodiscard]] constexpr bool is_active(AlarmState state) {
  return state == AlarmState::raised || state == AlarmState::acknowledged;
}
// Whoever looks at the alarm list has to see it.
[[nodiscard]] constexpr bool is_standing(AlarmState state) {
  return is_active(state) || state == AlarmState::returned || state == AlarmState::latched;
}

// Why a transition happened. Numbers are kept in the store: never reused.
enum class TransitionCause : std::uint8_t {
  condition = 0,
  cleared = 1,
  removed = 2,  // the rule or its device is no longer in the configuration
  acknowledged = 3,
  reset = 4,  // of a latched alarm
  shelved = 5,
  unshelved = 6,
  shelf_expired = 7,
  suppressed = 8,
  unsuppressed = 9,
  out_of_service = 10,
  in_service = 11,
  re_alarm = 12,   // still active: told again
  escalated = 13,  // nobody acknowledged in time
  stale = 14,      // active for too long
};
inline constexpr auto kLastTransitionCause = TransitionCause::stale;

[[nodiscard]] std::string_view to_string(TransitionCause cause);

// Group of the alarms that the gateway raises about the alarms themselves (flood, chatter). No rule may use it.
inline constexpr std::string_view kSystemGroup = "system";

// One input of a rule as it stood at a transition.
struct AlarmInput {
  std::string point;  // "junction-7.lane-2.volume"
  std::string unit;
  Value value;
  Quality quality = Quality::good;
};

struct AlarmTransition {
  std::string alarm;         // identity: "group/name device[ instance]", stable over restarts and configs
  std::uint64_t count = 0;   // transitions of this alarm so far, this one included: with `alarm` the key of a notice
  std::string rule;          // "group/name"
  std::string rule_version;  // hash of what the rule says
  AlarmState from = AlarmState::normal;
  AlarmState to = AlarmState::raised;
  TransitionCause cause = TransitionCause::condition;
  Severity severity = Severity::medium;
  DeviceId device;
  Responsibility place;
  std::map<std::string, std::string> labels;
  std::string summary;
  std::vector<AlarmInput> inputs;
  DataClass data_class = DataClass::internal;
  base::BootTime at{};
  AlarmState live = AlarmState::raised;          // what `to` would be if nothing hid it
  std::string by;                                // the person who did it; empty: the gateway itself
  std::string reason;                            // as the person gave it
  std::string escalated_to;                      // of `escalated`: who is to know now
  std::optional<base::BootTime> hidden_until{};  // of `shelved`
};

// The last thing that a person did to an alarm.
struct AlarmAction {
  TransitionCause what = TransitionCause::acknowledged;
  std::string by;
  std::string reason;
  bool operator==(const AlarmAction&) const = default;
};

// What is kept of an alarm between transitions, and survives a restart (state space "alarm").
// Its instants are on the boot clock of `boot`; pipeline/alarm_times.hpp moves them into another boot.
struct AlarmRecord {
  std::string alarm;
  AlarmState state = AlarmState::normal;  // as it is shown
  std::uint64_t count = 0;
  std::string rule_version;
  std::string summary;
  Severity severity = Severity::medium;
  DeviceId device;
  Responsibility place;
  DataClass data_class = DataClass::internal;
  std::int64_t since_wall_us = 0;  // wall clock of the last transition, 0 where it was not trusted
  AlarmState live = AlarmState::normal;
  bool shelved = false;
  bool suppressed = false;
  bool out_of_service = false;
  bool escalated = false;
  bool stale = false;
  std::uint16_t re_alarms = 0;  // since `base`
  base::BootId boot{};
  base::BootTime at{};            // last transition
  base::BootTime active_since{};  // while it is active
  base::BootTime base{};          // re-alarm and escalation count from here
  std::optional<base::BootTime> shelved_until{};
  bool shelf_carried = false;  // the shelf ran anew once already, in a boot without a clock
  std::optional<AlarmAction> action{};
};

}  // namespace wayside::model
