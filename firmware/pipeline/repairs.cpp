#include "pipeline/repairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "pipeline/light_plan.hpp"

namespace wayside::pipeline {
namespace {

constexpr auto kLookAtHold = std::chrono::seconds{30};
constexpr auto kLookAtPlan = std::chrono::minutes{1};
constexpr auto kOrderLives = std::chrono::minutes{1};
constexpr std::chrono::microseconds kShortestPause{std::chrono::seconds{1}};
constexpr std::chrono::microseconds kRestoreFirst{std::chrono::seconds{10}};
constexpr std::chrono::microseconds kRestoreMost{std::chrono::minutes{10}};

std::string_view name_of(model::RepairKind kind) {
  switch (kind) {
    case model::RepairKind::command: return "command";
    case model::RepairKind::power_cycle: return "power_cycle";
    case model::RepairKind::set_up: return "set_up";
    case model::RepairKind::light_plan: return "light_plan";
  }
  return "?";
}

model::RepairStep step_of(const model::CommandResult& result) {
  switch (result.outcome) {
    case model::CommandOutcome::done: return model::RepairStep::done;
    case model::CommandOutcome::refused:
    case model::CommandOutcome::expired: return model::RepairStep::refused;
    case model::CommandOutcome::interrupted: return model::RepairStep::interrupted;
    case model::CommandOutcome::not_fulfilled:
    case model::CommandOutcome::failed: break;
  }
  return model::RepairStep::failed;
}

}  // namespace

std::string Repair::title() const {
  const auto target = point.empty() ? device.value : model::point_id(device, point);
  return spec.kind == model::RepairKind::command ? fmt::format("command {} = {}", target, spec.value)
                                                 : fmt::format("{} {}", name_of(spec.kind), target);
}

std::string Repair::key() const { return fmt::format("{} | {} {}", alarm, spec.on_clear ? "clear" : "raise", title()); }

Repairs::Repairs(Parts parts) : parts_(std::move(parts)) {
  entries_.reserve(parts_.repairs.size());
  for (auto& repair : std::exchange(parts_.repairs, {})) {
    by_alarm_.emplace(repair.alarm, entries_.size());
    Entry entry;
    entry.what = std::move(repair);
    entries_.push_back(std::move(entry));
  }
}

Repairs::~Repairs() { stop(); }

void Repairs::stop() {
  stopped_ = true;
  for (auto& entry : entries_) disarm(entry);
}

void Repairs::start() {
  const auto now = parts_.core.now();
  std::map<std::string, RepairLog> logs;
  for (const auto& stored : std::exchange(parts_.stored, {})) {
    if (auto log = decode_repair_log(stored.value, parts_.boot, now)) logs[stored.key] = std::move(*log);
  }
  for (auto& entry : entries_) {
    if (const auto found = logs.find(entry.what.key()); found != logs.end()) entry.log = std::move(found->second);
    const auto record = parts_.rules.alarm(entry.what.alarm);
    entry.stands = record && model::is_active(record->state);
    if (entry.log.open) {
      entry.report = report(entry);
      // What it had begun may have switched something off.
      if (entry.what.spec.kind == model::RepairKind::power_cycle) {
        entry.report.step = model::RepairStep::interrupted;
        entry.report.reason = "the gateway ended while it was off";
        entry.pause = kRestoreFirst;
        restore(entry);
        continue;
      }
      finish(entry, model::RepairStep::interrupted, "the gateway ended before its result was known");
      continue;
    }
    const auto& spec = entry.what.spec;
    if (!entry.stands || spec.on_clear) continue;
    if (spec.kind == model::RepairKind::light_plan) {
      look_at_plan(entry);
    } else if (spec.again_after.count() > 0) {
      entry.due = true;
      arm(entry, spec.again_after, &Repairs::look);
    }
  }
}

void Repairs::saw(const model::AlarmTransition& transition) {
  const bool was = model::is_active(transition.from);
  const bool is = model::is_active(transition.to);
  if (was == is) return;
  const auto [first, last] = by_alarm_.equal_range(transition.alarm);
  for (auto it = first; it != last; ++it) {
    auto& entry = entries_[it->second];
    entry.stands = is;
    if (is) {
      entry.told_given_up = entry.told_deferred = false;
      entry.reached.clear();
    }
    if (is != entry.what.spec.on_clear) {
      if (is || transition.cause == model::TransitionCause::cleared) begin(entry);
    } else {
      end(entry);
    }
  }
}

// In the instant of the transition: what is counted here becomes durable with it.
void Repairs::begin(Entry& entry) {
  entry.due = true;
  if (entry.phase != Phase::idle) return;
  disarm(entry);
  if (entry.what.spec.kind == model::RepairKind::light_plan) return look_at_plan(entry);
  attempt(entry);
}

// There is nothing to repair any more.
void Repairs::end(Entry& entry) {
  entry.due = false;
  if (entry.phase != Phase::idle) return;
  disarm(entry);
  const auto& spec = entry.what.spec;
  if (spec.kind != model::RepairKind::light_plan || spec.afterwards.empty() || entry.reached.empty()) return;
  entry.goal = spec.afterwards;
  entry.due = true;
  attempt(entry);
}

void Repairs::look(Entry& entry) {
  if (entry.phase != Phase::idle || !entry.due) return;
  attempt(entry);
}

void Repairs::look_at_plan(Entry& entry) {
  if (entry.phase != Phase::idle || !entry.stands) return;
  const auto& plan = entry.what.spec.plan;
  const auto date = parts_.calendar.at(parts_.core.now());
  entry.goal = date ? step_in_force(plan, *date, parts_.position).value : plan.front().value;
  entry.due = entry.goal != entry.reached;
  if (!entry.due) return arm(entry, kLookAtPlan, &Repairs::look_at_plan);
  attempt(entry);
}

// Neither held nor tried too often; else it is told so once, and looked at again.
bool Repairs::is_free(Entry& entry, base::BootTime now) {
  const auto& spec = entry.what.spec;
  const bool plan = spec.kind == model::RepairKind::light_plan && entry.stands;
  const auto again = plan ? &Repairs::look_at_plan : &Repairs::look;
  if (const auto* hold = parts_.commander.held(entry.what.device)) {
    if (!std::exchange(entry.told_deferred, true)) {
      tell_later(entry, model::RepairStep::deferred, "the device is held by " + hold->by.text());
    }
    arm(entry, kLookAtHold, again);
    return false;
  }
  entry.told_deferred = false;
  entry.log.forget(now, spec.within);
  if (entry.log.tries.size() < spec.tries) return true;
  const auto free_in = entry.log.tries.front() + spec.within - now;
  if (!std::exchange(entry.told_given_up, true)) {
    tell_later(entry, model::RepairStep::given_up,
               fmt::format("tried {} times, as often as it may be; {}", entry.log.tries.size(),
                           entry.stands ? "the alarm stands" : "it is left as it is"));
  }
  if (spec.again_after.count() > 0) {
    arm(entry, free_in, again);
  } else {
    entry.due = false;
  }
  return false;
}

void Repairs::attempt(Entry& entry) {
  const auto now = parts_.core.now();
  if (stopped_ || !is_free(entry, now)) return;
  entry.due = false;
  entry.phase = Phase::journalling;
  entry.log.tries.push_back(now);
  entry.log.open = true;
  entry.report = report(entry);
  parts_.recorder.change(log_of(entry));
  // With the commit of this instant, or the next: the posted task comes behind it.
  parts_.core.post([this, &entry] { parts_.recorder.after_commit([this, &entry] { act(entry); }); });
}

void Repairs::act(Entry& entry) {
  if (stopped_) return;  // it stays open, and is told after the restart
  const auto& spec = entry.what.spec;
  if (!entry.stands && !spec.on_clear && !is_closing(entry)) {
    return finish(entry, model::RepairStep::refused, "the alarm ended before it began");
  }
  entry.phase = Phase::acting;
  base::log::info("repair.begins", {{"alarm", entry.what.alarm}, {"action", entry.what.title()}});
  switch (spec.kind) {
    case model::RepairKind::command:
      return order(entry, spec.value, [this, &entry](const auto& result) { commanded(entry, result); });
    case model::RepairKind::light_plan:
      return order(entry, entry.goal, [this, &entry](const auto& result) { commanded(entry, result); });
    case model::RepairKind::power_cycle:
      return order(entry, spec.off, [this, &entry](const auto& result) { switched_off(entry, result); });
    case model::RepairKind::set_up:
      return parts_.set_up(entry.what.device, [this, &entry](const base::Result<void>& done) {
        done ? finish(entry, model::RepairStep::done, "its set-up was compared, and written where it differed")
             : finish(entry, model::RepairStep::failed, done.error().what);
      });
  }
}

void Repairs::order(Entry& entry, const std::string& value, Commander::Answer answer) {
  model::CommandOrder order;
  order.device = entry.what.device;
  order.point = entry.what.point;
  order.value = value;
  order.origin = model::CommandOrigin::rule;
  order.by.account = "rule " + entry.what.alarm.substr(0, entry.what.alarm.find(' '));
  order.lives = kOrderLives;
  parts_.commander.submit(std::move(order), std::move(answer));
}

void Repairs::commanded(Entry& entry, const model::CommandResult& result) {
  entry.report.command = result.id;
  if (result.outcome == model::CommandOutcome::done) entry.reached = is_closing(entry) ? "" : entry.goal;
  finish(entry, step_of(result), result.reason);
}

void Repairs::switched_off(Entry& entry, const model::CommandResult& result) {
  entry.report.command = result.id;
  entry.report.step = step_of(result);
  entry.report.reason = result.reason;
  if (result.written == model::Written::no) return finish(entry, entry.report.step, result.reason);
  entry.phase = Phase::off;
  entry.pause = kRestoreFirst;
  arm(entry, entry.what.spec.off_for, &Repairs::restore);
}

void Repairs::restore(Entry& entry) {
  entry.phase = Phase::restoring;
  order(entry, entry.what.spec.value, [this, &entry](const auto& result) { restored(entry, result); });
}

void Repairs::restored(Entry& entry, const model::CommandResult& result) {
  entry.report.command = result.id;
  if (result.outcome == model::CommandOutcome::done) {
    const bool whole = entry.report.step == model::RepairStep::done;
    entry.told_off = false;
    return finish(entry, entry.report.step,
                  whole ? "off and on again; " + result.reason : entry.report.reason + "; on again: " + result.reason);
  }
  entry.report.step = model::RepairStep::failed;
  entry.report.reason = "it may still be off: " + result.reason;
  if (!std::exchange(entry.told_off, true)) {
    auto out = entry.report;
    out.reason += "; this is tried until it is on";
    tell(entry, std::move(out), {});
  }
  base::log::error("repair.still_off", {{"action", entry.what.title()}, {"reason", result.reason}});
  if (stopped_) return;
  arm(entry, entry.pause, &Repairs::restore);
  entry.pause = std::min(2 * entry.pause, kRestoreMost);
}

void Repairs::finish(Entry& entry, model::RepairStep step, std::string reason) {
  entry.phase = Phase::idle;
  entry.log.open = false;
  entry.report.step = step;
  entry.report.reason = std::move(reason);
  base::log::info("repair.ended", {{"action", entry.what.title()}, {"step", model::to_string(step)}});
  std::vector<ports::StateChange> changes;
  changes.push_back(log_of(entry));
  tell(entry, entry.report, std::move(changes));
  if (!stopped_) after_try(entry, step);
}

// What may have changed while it was at work, and whether there is a next try.
void Repairs::after_try(Entry& entry, model::RepairStep step) {
  const auto& spec = entry.what.spec;
  const bool done = step == model::RepairStep::done;
  if (spec.kind == model::RepairKind::light_plan && entry.stands) {
    return arm(entry, done ? kLookAtPlan : spec.again_after, &Repairs::look_at_plan);
  }
  if (spec.kind == model::RepairKind::light_plan && !is_closing(entry)) return end(entry);
  const bool raised_anew = entry.due;
  const bool wanted = spec.on_clear || is_closing(entry) ? !done && !entry.stands : entry.stands;
  entry.due = raised_anew || (wanted && spec.again_after.count() > 0);
  if (entry.due) arm(entry, std::max<std::chrono::microseconds>(spec.again_after, kShortestPause), &Repairs::look);
}

// The last command of a light plan, after its alarm.
bool Repairs::is_closing(const Entry& entry) {
  const auto& spec = entry.what.spec;
  return spec.kind == model::RepairKind::light_plan && !entry.stands && !spec.afterwards.empty() &&
         entry.goal == spec.afterwards;
}

// Inside of an instant: its own events come first.
void Repairs::tell_later(const Entry& entry, model::RepairStep step, std::string reason) {
  auto out = report(entry);
  out.step = step;
  out.reason = std::move(reason);
  parts_.core.post([this, &entry, out = std::move(out)]() mutable { tell(entry, std::move(out), {}); });
}

void Repairs::tell(const Entry& entry, model::RepairReport report, std::vector<ports::StateChange> changes) {
  auto data_class = model::DataClass::internal;  // never public: it may name who holds a device
  if (const auto point = parts_.points.find(entry.what.device, entry.what.point)) {
    data_class = model::highest(data_class, parts_.points.info(*point).data_class);
  }
  parts_.judge.record({parts_.core.now(), data_class, std::move(report)}, std::move(changes));
}

void Repairs::arm(Entry& entry, std::chrono::microseconds after, void (Repairs::*what)(Entry&)) {
  disarm(entry);
  entry.timer = parts_.core.post_at(parts_.core.now() + after, [this, &entry, what] {
    entry.timer = base::TimerId::none;
    (this->*what)(entry);
  });
}

void Repairs::disarm(Entry& entry) {
  if (entry.timer != base::TimerId::none) parts_.core.cancel(std::exchange(entry.timer, base::TimerId::none));
}

model::RepairReport Repairs::report(const Entry& entry) const {
  model::RepairReport out;
  out.alarm = entry.what.alarm;
  out.action = entry.what.title();
  out.device = entry.what.device;
  out.attempt = static_cast<std::uint32_t>(entry.log.tries.size());
  out.tries = entry.what.spec.tries;
  out.within = entry.what.spec.within;
  out.place = entry.what.place;
  return out;
}

ports::StateChange Repairs::log_of(const Entry& entry) const {
  if (entry.log.tries.empty() && !entry.log.open) return {RepairLog::kSpace, entry.what.key(), std::nullopt};
  return {RepairLog::kSpace, entry.what.key(), encode(entry.log, parts_.boot)};
}

}  // namespace wayside::pipeline
