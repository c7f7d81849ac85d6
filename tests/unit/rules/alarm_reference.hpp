// The life of an alarm told a second time, for the tests: it keeps the whole past and looks the rest up in the table of
// states. It shares nothing with the product but the values.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "rules/alarm_desk.hpp"

namespace wayside::rules::test {

using model::AlarmState;
using model::AlarmVerb;
using Cause = model::TransitionCause;
using Us = std::chrono::microseconds;

// The reference. What is kept: what is so, and since when.
struct Reference {
  LifeTiming timing;
  struct Kept {
    bool active = false;
    bool seen = true;       // acknowledged
    bool to_reset = false;  // latched
    bool shelved = false, out = false, parent = false;
    base::BootTime shelf_end{};
    base::BootTime active_at{}, told_at{};
    bool escalated = false, stale = false;
    std::int64_t again = 0;
  };
  Kept is;
  Kept stored;
  std::optional<base::BootTime> parent_over;
  std::deque<std::pair<base::BootTime, Observation>> past;  // since its condition last changed anything

  AlarmState live() const {
    if (is.active) return is.seen ? AlarmState::acknowledged : AlarmState::raised;
    if (!is.seen) return AlarmState::returned;
    return is.to_reset ? AlarmState::latched : AlarmState::normal;
  }
  AlarmState shown() const {
    if (is.out) return AlarmState::out_of_service;
    if (is.shelved) return AlarmState::shelved;
    if (is.parent && live() != AlarmState::normal) return AlarmState::suppressed;
    return live();
  }
  bool hidden() const { return is.out || is.shelved || is.parent; }
  bool watched() const { return !hidden(); }

  void tell_now(base::BootTime now) {
    is.told_at = now;
    is.again = 0;
    is.escalated = false;
  }
  // The longest unbroken run of `true` that ends now is at least `span` long.
  bool held(base::BootTime now, Us span) const {
    std::optional<base::BootTime> begin;
    for (auto one = past.rbegin(); one != past.rend(); ++one) {
      const auto& wanted = is.active ? one->second.ending : one->second.condition;
      if (!wanted.value_or(false)) break;
      begin = one->first;
    }
    return begin && now - *begin >= span;
  }
  std::optional<Cause> next(base::BootTime now) {
    if (is.shelved && is.shelf_end <= now) {
      is.shelved = false;
      if (!hidden()) tell_now(now);
      return Cause::shelf_expired;
    }
    const bool parent = past.back().second.suppressed;
    if (parent) parent_over.reset();
    if (parent && !is.parent) {
      const auto before = shown();
      is.parent = true;
      if (shown() != before) return Cause::suppressed;
    }
    if (!parent && is.parent) {
      if (!parent_over) parent_over = now;
      if (now - *parent_over >= timing.release_after) {
        const auto before = shown();
        is.parent = false;
        parent_over.reset();
        if (!hidden()) tell_now(now);
        if (shown() != before) return Cause::unsuppressed;
      }
    }
    if (held(now, is.active ? timing.keep_firing_for : timing.hold_for)) return flip(now);
    return grow_old(now);
  }
  Cause flip(base::BootTime now) {
    past = {past.back()};
    past.back().second.condition.reset();  // used up: it must be seen anew
    past.back().second.ending.reset();
    is.stale = false;
    if (is.active) {
      is.active = false;
      is.to_reset = timing.latch;
      if (!timing.acknowledge && !timing.latch) is.seen = true;
      if (is.seen) is.escalated = false;
      return Cause::cleared;
    }
    const bool waited = !is.seen;
    is.active = true;
    is.seen = false;
    is.to_reset = false;
    is.active_at = now;
    if (parent_over) return Cause::condition;
    if (!waited) {
      tell_now(now);
    } else if (timing.realarm_after > Us{0}) {
      is.again = (now - is.told_at) / timing.realarm_after;
    }
    return Cause::condition;
  }
  std::optional<Cause> grow_old(base::BootTime now) {
    if (!watched()) return std::nullopt;
    if (!is.seen && !is.escalated && timing.escalate_after > Us{0} && now - is.told_at >= timing.escalate_after) {
      is.escalated = true;
      return Cause::escalated;
    }
    if (!is.active) return std::nullopt;
    if (!is.stale && timing.stale_after > Us{0} && now - is.active_at >= timing.stale_after) {
      is.stale = true;
      return Cause::stale;
    }
    if (timing.realarm_after <= Us{0} || now - is.told_at < timing.realarm_after * (is.again + 1)) return std::nullopt;
    if (is.seen) {
      is.seen = false;
      tell_now(now);
    } else {
      is.again = (now - is.told_at) / timing.realarm_after;
    }
    return Cause::re_alarm;
  }
  std::optional<Cause> order(AlarmVerb verb, Us span, base::BootTime now) {
    switch (verb) {
      case AlarmVerb::acknowledge:
        if (is.seen) return std::nullopt;
        is.seen = true;
        if (!is.active) is.to_reset = timing.latch;
        if (parent_over) {
          is.escalated = false;
        } else {
          tell_now(now);
        }
        return Cause::acknowledged;
      case AlarmVerb::reset:
        if (live() != AlarmState::latched) return std::nullopt;
        is.to_reset = false;
        return Cause::reset;
      case AlarmVerb::shelve:
        is.shelved = true;
        is.shelf_end = now + span;
        return Cause::shelved;
      case AlarmVerb::unshelve:
        if (!is.shelved) return std::nullopt;
        is.shelved = false;
        if (!hidden()) tell_now(now);
        return Cause::unshelved;
      case AlarmVerb::take_out_of_service:
        if (is.out) return std::nullopt;
        is.out = true;
        return Cause::out_of_service;
      case AlarmVerb::put_in_service:
        if (!is.out) return std::nullopt;
        is.out = false;
        if (!hidden()) tell_now(now);
        return Cause::in_service;
    }
    return std::nullopt;
  }
  void kill() {
    is = stored;
    past.clear();
    parent_over.reset();
  }
};

}  // namespace wayside::rules::test
