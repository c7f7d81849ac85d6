// The life of one alarm as a pure state machine: normal -> (pending) -> raised -> (ending) -> normal. What it sees is
// given to it, with the instant; it tells what changed and when it wants to be asked again. The further states of
// ISA-18.2 (acknowledged, shelved, ...) get their seat here. Home: core, owned by an instance of a rule.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace wayside::rules {

struct LifeTiming {
  std::chrono::microseconds hold_for{};         // the condition must have been true for so long
  std::chrono::microseconds keep_firing_for{};  // and its end as long
};

// What a rule says at an instant; none is unknown.
struct Observation {
  std::optional<bool> condition;
  std::optional<bool> ending;  // read while raised: the condition is over, or the clear condition holds
  bool suppressed = false;     // a parent's alarm is active
};

class AlarmLife {
 public:
  enum class Change : std::uint8_t { none, raised, cleared };

  // Unknown changes nothing, and what was running (pending, ending) starts anew.
  // Requires: `now` not before that of the last call.
  Change step(const LifeTiming& timing, const Observation& seen, base::BootTime now);

  // The instant at which step() with the same observation will change something.
  [[nodiscard]] std::optional<base::BootTime> deadline(const LifeTiming& timing) const;

  [[nodiscard]] bool is_raised() const { return raised_; }
  [[nodiscard]] bool is_pending() const { return !raised_ && since_.has_value(); }

  // As it was stored: nothing is running.
  void restore(bool raised);

 private:
  bool raised_ = false;
  std::optional<base::BootTime> since_;  // normal: the condition is true since; raised: it is ending since
};

}  // namespace wayside::rules
