// The life of one alarm as a pure state machine. What it sees is given to it, with the instant; it tells one step at a
// time why it changed, and when it wants to be asked again. Home: core, owned by an instance of a rule; one for each,
// so it is kept small. Shelving has its end elsewhere (alarm_desk.hpp): few alarms are shelved.
//
// Live states, and in brackets the letters of ISA-18.2 / IEC 62682 (the structure as OPC 10000-9 and others tell it;
// the standards' own text was not at hand):
//
//   state            condition   acknowledged      steps
//   normal (A)       no          -                 condition held for `for`              -> raised
//   raised (B)       yes         no                acknowledge                           -> acknowledged
//                                                  ended for `keep_firing_for`           -> normal, or returned where
//                                                                                           the rule wants it seen
//   acknowledged (C) yes         yes               ended                                 -> normal, or latched
//                                                  realarm_after                         -> raised
//   returned (D, E)  no          no                acknowledge                           -> normal, or latched
//                                                  condition again                       -> raised
//   latched (F)      no          yes               reset                                 -> normal
//                                                  condition again                       -> raised
//
// Over it lie what hides it, each on its own: out of service (I), shelved (G), suppressed by design (H), shown in this
// order. A hidden alarm lives on and tells its steps, but is neither told again, escalated nor called stale; when it
// comes out it counts as told at that moment. A normal alarm under a parent shows no `suppressed`: nothing is hidden.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "model/alarm.hpp"

namespace wayside::rules {

// Spans of zero are off.
struct LifeTiming {
  std::chrono::microseconds hold_for{};         // on delay: the condition must have been true for so long
  std::chrono::microseconds keep_firing_for{};  // off delay: and its end as long
  bool acknowledge = false;                     // it stays until someone has seen it
  bool latch = false;                           // it stays until someone has seen it and then reset it
  std::chrono::microseconds realarm_after{};
  std::chrono::microseconds escalate_after{};
  std::chrono::microseconds stale_after{};
  std::chrono::microseconds release_after{};  // so long it stays hidden after its parent has ended
};

// What a rule says at an instant; none is unknown.
struct Observation {
  std::optional<bool> condition;
  std::optional<bool> ending;  // read while active: the condition is over, or the clear condition holds
  bool suppressed = false;     // a parent alarm is active
};

class AlarmLife {
 public:
  using Cause = model::TransitionCause;

  // One step, or none: call it again until it gives none. Unknown changes nothing, and what was running (pending,
  // ending) starts anew. Requires: `now` not before that of the last call.
  std::optional<Cause> step(const LifeTiming& timing, const Observation& seen, base::BootTime now) {
    // Nearly every reading of nearly every alarm: nothing is wrong and nothing was.
    if (is_at_rest() && !seen.suppressed && !seen.condition.value_or(false)) {
      since_ = kNever;
      return std::nullopt;
    }
    return take_step(timing, seen, now);
  }

  // Normal, nothing hides it and nothing is running: without a true condition step() changes nothing, and there is no
  // deadline.
  [[nodiscard]] bool rests() const { return is_at_rest() && since_ == kNever; }

  // The instant at which step() with the same observation will change something.
  [[nodiscard]] std::optional<base::BootTime> deadline(const LifeTiming& timing) const;

  // What people do. None: it is not in a state for that; nothing changed.
  std::optional<Cause> acknowledge(const LifeTiming& timing, base::BootTime now);
  std::optional<Cause> reset();
  std::optional<Cause> shelve();
  std::optional<Cause> unshelve(Cause why, base::BootTime now);  // `unshelved` or `shelf_expired`
  std::optional<Cause> take_out_of_service();
  std::optional<Cause> put_in_service(base::BootTime now);

  // Behind what hides it: normal, raised, acknowledged, returned or latched.
  [[nodiscard]] model::AlarmState live() const { return live_; }
  // As people see it.
  [[nodiscard]] model::AlarmState shown() const;
  [[nodiscard]] bool is_active() const { return model::is_active(live_); }
  [[nodiscard]] bool is_pending() const { return !is_active() && since_ != kNever; }
  [[nodiscard]] bool is_shelved() const { return has(kShelved); }
  [[nodiscard]] bool is_suppressed() const { return has(kSuppressed); }
  [[nodiscard]] bool is_out_of_service() const { return has(kOutOfService); }
  [[nodiscard]] bool is_escalated() const { return has(kEscalated); }
  [[nodiscard]] bool is_stale() const { return has(kStale); }
  // Active: since when. Elsewhere it means nothing.
  [[nodiscard]] base::BootTime active_since() const { return active_since_; }

  // Into a record and back (state, live, what hides it, its instants). Pending and ending start anew.
  // Requires of restore(): the record's instants are on this boot's clock.
  void save(model::AlarmRecord& record) const;
  void restore(const model::AlarmRecord& record);

 private:
  enum Flag : std::uint8_t {
    kShelved = 1,
    kSuppressed = 2,
    kOutOfService = 4,
    kEscalated = 8,
    kStale = 16,
    kReleasing = 32,  // the parent has ended at base_; still hidden
  };
  static constexpr auto kNever = base::BootTime::min();

  [[nodiscard]] bool is_at_rest() const { return live_ == model::AlarmState::normal && flags_ == 0; }
  [[nodiscard]] bool has(Flag flag) const { return (flags_ & flag) != 0; }
  [[nodiscard]] bool is_hidden() const { return (flags_ & (kShelved | kSuppressed | kOutOfService)) != 0; }
  [[nodiscard]] bool is_unacknowledged() const;
  void set(Flag flag, bool on);
  void told(base::BootTime now);
  std::optional<Cause> come_out(Cause why, base::BootTime now);

  std::optional<Cause> take_step(const LifeTiming& timing, const Observation& seen, base::BootTime now);
  std::optional<Cause> judge_parent(const LifeTiming& timing, bool suppressed, base::BootTime now);
  std::optional<Cause> judge_condition(const LifeTiming& timing, const Observation& seen, base::BootTime now);
  std::optional<Cause> judge_age(const LifeTiming& timing, base::BootTime now);
  void raise(const LifeTiming& timing, base::BootTime now);
  void end(const LifeTiming& timing);
  [[nodiscard]] std::optional<base::BootTime> next_realarm(const LifeTiming& timing) const;

  base::BootTime since_ = kNever;  // not active: the condition is true since; active: it is ending since
  base::BootTime active_since_{};  // while active
  base::BootTime base_{};          // raised or acknowledged at; while kReleasing: the parent ended at
  std::uint16_t re_alarms_ = 0;    // since base_
  model::AlarmState live_ = model::AlarmState::normal;
  std::uint8_t flags_ = 0;
};

static_assert(sizeof(AlarmLife) <= 32, "a gateway has a hundred thousand of them");

}  // namespace wayside::rules
