#include "rules/alarm_life.hpp"

#include <algorithm>
#include <limits>

namespace wayside::rules {

using model::AlarmState;

namespace {

constexpr std::chrono::microseconds kOff{0};

bool is_over(base::BootTime since, std::chrono::microseconds span, base::BootTime now) { return now - since >= span; }

// Whole spans since `base`, as many as can be counted.
std::uint16_t turns(base::BootTime base, std::chrono::microseconds span, base::BootTime now) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint16_t>::max();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>((now - base) / span, 0, kMost));
}

}  // namespace

bool AlarmLife::is_unacknowledged() const { return live_ == AlarmState::raised || live_ == AlarmState::returned; }

void AlarmLife::set(Flag flag, bool on) { flags_ = static_cast<std::uint8_t>(on ? flags_ | flag : flags_ & ~flag); }

// From here on re-alarm and escalation count.
void AlarmLife::told(base::BootTime now) {
  base_ = now;
  re_alarms_ = 0;
  set(kEscalated, false);
}

AlarmState AlarmLife::shown() const {
  if (has(kOutOfService)) return AlarmState::out_of_service;
  if (has(kShelved)) return AlarmState::shelved;
  if (has(kSuppressed) && live_ != AlarmState::normal) return AlarmState::suppressed;
  return live_;
}

std::optional<AlarmLife::Cause> AlarmLife::take_step(const LifeTiming& timing, const Observation& seen,
                                                     base::BootTime now) {
  if (const auto cause = judge_parent(timing, seen.suppressed, now)) return cause;
  if (const auto cause = judge_condition(timing, seen, now)) return cause;
  return judge_age(timing, now);
}

// Children see their own recovery later than that of their parent: they stay hidden a while, or all would be told.
std::optional<AlarmLife::Cause> AlarmLife::judge_parent(const LifeTiming& timing, bool suppressed, base::BootTime now) {
  if (suppressed) {
    set(kReleasing, false);
    if (has(kSuppressed)) return std::nullopt;
    const auto before = shown();
    set(kSuppressed, true);
    return shown() == before ? std::nullopt : std::optional(Cause::suppressed);
  }
  if (!has(kSuppressed)) return std::nullopt;
  if (!has(kReleasing)) {
    set(kReleasing, true);
    base_ = now;
  }
  if (!is_over(base_, timing.release_after, now)) return std::nullopt;
  set(kReleasing, false);
  const auto before = shown();
  set(kSuppressed, false);
  if (!is_hidden()) told(now);
  return shown() == before ? std::nullopt : std::optional(Cause::unsuppressed);
}

std::optional<AlarmLife::Cause> AlarmLife::judge_condition(const LifeTiming& timing, const Observation& seen,
                                                           base::BootTime now) {
  const auto& wanted = is_active() ? seen.ending : seen.condition;
  if (!wanted.value_or(false)) {
    since_ = kNever;
    return std::nullopt;
  }
  if (since_ == kNever) since_ = now;
  if (!is_over(since_, is_active() ? timing.keep_firing_for : timing.hold_for, now)) return std::nullopt;
  since_ = kNever;
  if (is_active()) {
    end(timing);
    return Cause::cleared;
  }
  raise(timing, now);
  return Cause::condition;
}

void AlarmLife::raise(const LifeTiming& timing, base::BootTime now) {
  const bool unseen = live_ == AlarmState::returned;
  live_ = AlarmState::raised;
  active_since_ = now;
  set(kStale, false);
  if (has(kReleasing)) return;
  if (!unseen) return told(now);
  // It came back before anyone saw it: it waits for him since the first time, but this telling counts.
  if (timing.realarm_after > kOff) re_alarms_ = turns(base_, timing.realarm_after, now);
}

void AlarmLife::end(const LifeTiming& timing) {
  set(kStale, false);
  if (live_ == AlarmState::raised) {
    live_ = timing.acknowledge || timing.latch ? AlarmState::returned : AlarmState::normal;
  } else {
    live_ = timing.latch ? AlarmState::latched : AlarmState::normal;
  }
  if (!is_unacknowledged()) set(kEscalated, false);
}

std::optional<AlarmLife::Cause> AlarmLife::judge_age(const LifeTiming& timing, base::BootTime now) {
  if (is_hidden()) return std::nullopt;
  if (timing.escalate_after > kOff && is_unacknowledged() && !has(kEscalated) &&
      is_over(base_, timing.escalate_after, now)) {
    set(kEscalated, true);
    return Cause::escalated;
  }
  if (timing.stale_after > kOff && is_active() && !has(kStale) && is_over(active_since_, timing.stale_after, now)) {
    set(kStale, true);
    return Cause::stale;
  }
  const auto again = next_realarm(timing);
  if (!again || *again > now) return std::nullopt;
  if (live_ == AlarmState::acknowledged) {
    live_ = AlarmState::raised;
    told(now);
  } else {
    re_alarms_ = turns(base_, timing.realarm_after, now);  // told once, however many turns were missed
  }
  return Cause::re_alarm;
}

std::optional<base::BootTime> AlarmLife::next_realarm(const LifeTiming& timing) const {
  if (timing.realarm_after <= kOff || !is_active()) return std::nullopt;
  if (re_alarms_ == std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return base_ + timing.realarm_after * (re_alarms_ + 1);
}

std::optional<base::BootTime> AlarmLife::deadline(const LifeTiming& timing) const {
  std::optional<base::BootTime> soonest;
  const auto add = [&soonest](base::BootTime at) { soonest = soonest ? std::min(*soonest, at) : at; };
  if (since_ != kNever) add(since_ + (is_active() ? timing.keep_firing_for : timing.hold_for));
  if (has(kReleasing)) add(base_ + timing.release_after);
  if (is_hidden()) return soonest;
  if (timing.escalate_after > kOff && is_unacknowledged() && !has(kEscalated)) add(base_ + timing.escalate_after);
  if (timing.stale_after > kOff && is_active() && !has(kStale)) add(active_since_ + timing.stale_after);
  if (const auto again = next_realarm(timing)) add(*again);
  return soonest;
}

std::optional<AlarmLife::Cause> AlarmLife::acknowledge(const LifeTiming& timing, base::BootTime now) {
  if (live_ == AlarmState::raised) {
    live_ = AlarmState::acknowledged;
  } else if (live_ == AlarmState::returned) {
    live_ = timing.latch ? AlarmState::latched : AlarmState::normal;
  } else {
    return std::nullopt;
  }
  // While it is being released base_ is the parent's end; told() follows when it comes out.
  if (has(kReleasing)) {
    set(kEscalated, false);
  } else {
    told(now);
  }
  return Cause::acknowledged;
}

std::optional<AlarmLife::Cause> AlarmLife::reset() {
  if (live_ != AlarmState::latched) return std::nullopt;
  live_ = AlarmState::normal;
  return Cause::reset;
}

std::optional<AlarmLife::Cause> AlarmLife::shelve() {
  if (has(kShelved)) return std::nullopt;
  set(kShelved, true);
  return Cause::shelved;
}

std::optional<AlarmLife::Cause> AlarmLife::unshelve(Cause why, base::BootTime now) {
  if (!has(kShelved)) return std::nullopt;
  set(kShelved, false);
  return come_out(why, now);
}

std::optional<AlarmLife::Cause> AlarmLife::take_out_of_service() {
  if (has(kOutOfService)) return std::nullopt;
  set(kOutOfService, true);
  return Cause::out_of_service;
}

std::optional<AlarmLife::Cause> AlarmLife::put_in_service(base::BootTime now) {
  if (!has(kOutOfService)) return std::nullopt;
  set(kOutOfService, false);
  return come_out(Cause::in_service, now);
}

std::optional<AlarmLife::Cause> AlarmLife::come_out(Cause why, base::BootTime now) {
  if (!is_hidden()) told(now);
  return why;
}

void AlarmLife::save(model::AlarmRecord& record) const {
  record.state = shown();
  record.live = live_;
  record.shelved = has(kShelved);
  record.suppressed = has(kSuppressed);
  record.out_of_service = has(kOutOfService);
  record.escalated = has(kEscalated);
  record.stale = has(kStale);
  record.re_alarms = re_alarms_;
  record.active_since = active_since_;
  record.base = base_;
}

void AlarmLife::restore(const model::AlarmRecord& record) {
  *this = AlarmLife{};
  live_ = record.live;
  set(kShelved, record.shelved);
  set(kSuppressed, record.suppressed);
  set(kOutOfService, record.out_of_service);
  set(kEscalated, record.escalated);
  set(kStale, record.stale);
  re_alarms_ = record.re_alarms;
  active_since_ = record.active_since;
  base_ = record.base;
}

}  // namespace wayside::rules
