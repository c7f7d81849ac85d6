// Self-repair: what a rule may do when its alarm is raised or ends, and what came of each try. The spec is made by
// config from a rule's file, resolved to devices by site/repair_assembly, carried out by pipeline/repairs.
// Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.hpp"
#include "model/place.hpp"
#include "model/rule_spec.hpp"

namespace wayside::model {

enum class RepairStep : std::uint8_t {
  done = 0,
  failed = 1,       // tried, and what was measured is not what was asked
  refused = 2,      // nothing was done: not allowed, interlocked, too many
  interrupted = 3,  // the gateway ended in between; it counts as a try
  deferred = 4,     // a technician holds the device: tried when he gives it back
  given_up = 5,     // as often as it may be within its time, and the alarm still stands
};

[[nodiscard]] constexpr std::string_view to_string(RepairStep step) {
  switch (step) {
    case RepairStep::done: return "done";
    case RepairStep::failed: return "failed";
    case RepairStep::refused: return "refused";
    case RepairStep::interrupted: return "interrupted";
    case RepairStep::deferred: return "deferred";
    case RepairStep::given_up: return "given_up";
  }
  return "?";
}

// What a self-repair tells: one for each try, and one when it waits or gives up.
struct RepairReport {
  std::string alarm;
  std::string action;  // "power_cycle relay-3.output_1"
  DeviceId device;     // that it acts on
  RepairStep step = RepairStep::done;
  std::uint32_t attempt = 0;  // which within `within`, from 1
  std::uint32_t tries = 0;    // as many as there may be
  std::chrono::microseconds within{};
  std::string command;  // id of its (last) command; empty: none
  std::string reason;   // a sentence
  Responsibility place;
};

}  // namespace wayside::model
