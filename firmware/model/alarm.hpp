// An alarm: a rule's condition on one set of points, with its life (ISA-18.2 / IEC 62682). This gateway so far
// walks normal -> raised -> normal; the other states have their numbers already.
#pragma once

#include <cstdint>
#include <map>
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
  raised = 1,        // unacknowledged, active
  acknowledged = 2,  // acknowledged, active
  returned = 3,      // returned to normal, unacknowledged
  shelved = 4,
  suppressed = 5,
  out_of_service = 6,
};

[[nodiscard]] std::string_view to_string(AlarmState state);

// Why a transition happened.
enum class TransitionCause : std::uint8_t { condition = 0, cleared = 1, removed = 2 };

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
};

// What is kept of an alarm between transitions, and survives a restart (state space "alarm").
struct AlarmRecord {
  std::string alarm;
  AlarmState state = AlarmState::normal;
  std::uint64_t count = 0;
  std::string rule_version;
  std::string summary;
  Severity severity = Severity::medium;
  DeviceId device;
  Responsibility place;
  DataClass data_class = DataClass::internal;
  std::int64_t since_wall_us = 0;  // wall clock of the last transition, 0 where it was not trusted
};

}  // namespace wayside::model
