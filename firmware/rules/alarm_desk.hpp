// What is known of the alarms that ever left normal, or that someone laid hands on, beyond their life: how many
// transitions, the last sentence, who did what and why, when a shelf ends. And the one place where orders of people
// meet the life of an alarm. As many cards as there are instances of rules at the most; texts are bounded.
// Home: core, owned by the engine. No clock, no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "model/alarm.hpp"
#include "model/alarm_order.hpp"
#include "rules/alarm_life.hpp"

namespace wayside::rules {

class AlarmDesk {
 public:
  using Instance = std::uint32_t;
  using Cause = model::TransitionCause;

  static constexpr std::chrono::minutes kShortestShelf{1};
  static constexpr std::chrono::hours kLongestShelf{24 * 7};
  static constexpr std::size_t kLongestReason = 240;
  static constexpr std::size_t kLongestName = 128;
  static constexpr std::size_t kLongestSummary = 1000;

  struct Card {
    std::uint64_t count = 0;  // transitions so far
    std::string summary;      // of the last one
    base::BootTime at{};      // likewise
    std::optional<base::BootTime> shelved_until;
    bool shelf_carried = false;  // see AlarmRecord
    std::optional<model::AlarmAction> action;
  };

  // The next step of an alarm: its shelf ends, or its life goes on. None: nothing (more) happens at this instant.
  std::optional<Cause> step(Instance instance, AlarmLife& life, const LifeTiming& timing, const Observation& seen,
                            base::BootTime now);
  // When step() with the same observation will say something.
  [[nodiscard]] std::optional<base::BootTime> deadline(Instance instance, const AlarmLife& life,
                                                       const LifeTiming& timing) const;

  // Errors (a sentence that says what to do): invalid_argument (no name, no reason, the span);
  // denied (the alarm is not in a state for it). Then nothing has changed.
  [[nodiscard]] base::Result<Cause> carry_out(const model::AlarmOrder& order, Instance instance, AlarmLife& life,
                                              const LifeTiming& timing, base::BootTime now);

  // Counts a transition that was made of a step: fills its count, from, to, live, cause, and who and why where a person
  // did it. Requires: `from` is what the life showed before the step.
  void count(Instance instance, const AlarmLife& life, model::AlarmState from, Cause cause,
             model::AlarmTransition& transition);

  // The end of a shelf has become known better (the clock is trusted now). Never later than it was; no transition.
  void shorten_shelf(Instance instance, base::BootTime until);

  // Null: it never left normal.
  [[nodiscard]] const Card* find(Instance instance) const;
  [[nodiscard]] const std::map<Instance, Card>& cards() const { return cards_; }
  [[nodiscard]] std::size_t size() const { return cards_.size(); }
  void forget(Instance instance) { cards_.erase(instance); }

  // Everything of a record that the life and the card know.
  void save(Instance instance, const AlarmLife& life, model::AlarmRecord& record) const;
  // Requires: the record's instants are on this boot's clock.
  void restore(Instance instance, AlarmLife& life, const model::AlarmRecord& record);

 private:
  std::map<Instance, Card> cards_;
};

}  // namespace wayside::rules
