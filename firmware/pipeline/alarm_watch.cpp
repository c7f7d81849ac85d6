#include "pipeline/alarm_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

using model::AlarmState;
using rules::LoadChange;
using Cause = model::TransitionCause;

constexpr std::uint8_t kForm = 1;
constexpr std::string_view kFlood = "system/alarm-flood";
constexpr std::string_view kChattering = "system/chattering";

base::Bytes encode(const AlarmWatch::Past& past) {
  base::ByteWriter out;
  out.u8(kForm);
  out.u64(past.order);
  out.i64(past.wall_us);
  for (const auto state : {past.from, past.to, past.live}) out.u8(static_cast<std::uint8_t>(state));
  out.u8(static_cast<std::uint8_t>(past.cause));
  out.u8(static_cast<std::uint8_t>(past.severity));
  for (const auto* text : {&past.alarm, &past.device, &past.summary, &past.by, &past.reason}) out.text(*text);
  return out.take();
}

std::optional<AlarmWatch::Past> decode(base::ByteView bytes) {
  base::ByteReader in(bytes);
  if (in.u8() != kForm) return std::nullopt;
  AlarmWatch::Past past;
  past.order = in.u64();
  past.wall_us = in.i64();
  for (auto* state : {&past.from, &past.to, &past.live}) {
    const auto number = in.u8();
    if (number > static_cast<std::uint8_t>(model::kLastAlarmState)) return std::nullopt;
    *state = static_cast<AlarmState>(number);
  }
  const auto cause = in.u8();
  const auto severity = in.u8();
  if (cause > static_cast<std::uint8_t>(model::kLastTransitionCause)) return std::nullopt;
  if (severity > static_cast<std::uint8_t>(model::Severity::critical)) return std::nullopt;
  past.cause = static_cast<Cause>(cause);
  past.severity = static_cast<model::Severity>(severity);
  for (auto* text : {&past.alarm, &past.device, &past.summary, &past.by, &past.reason}) *text = in.text();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return past;
}

std::string named(const std::vector<rules::Offender>& offenders) {
  std::string out;
  for (const auto& one : offenders) out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", one.alarm, one.raises);
  return out;
}

std::string minutes(std::chrono::microseconds span) {
  return fmt::format("{} min", std::max<std::int64_t>(1, std::chrono::round<std::chrono::minutes>(span).count()));
}

}  // namespace

AlarmWatch::AlarmWatch(Parts parts) : parts_(std::move(parts)), load_(parts_.limits) {
  for (const auto& entry : parts_.kpi) {
    auto day = rules::AlarmKpi::decode(entry.value);
    if (!day || !kpi_.restore(entry.key, std::move(*day)))
      base::log::error("alarm.unreadable_day", {{"day", entry.key}});
  }
  for (const auto& entry : parts_.history) {
    if (auto past = decode(entry.value)) history_.push_back(std::move(*past));
  }
  std::ranges::sort(history_, {}, &Past::order);
  while (history_.size() > kMostHistory) history_.pop_front();
  if (!history_.empty()) next_order_ = history_.back().order + 1;
}

bool AlarmWatch::is_system(std::string_view alarm) {
  return alarm.starts_with(model::kSystemGroup) && alarm.substr(model::kSystemGroup.size()).starts_with('/');
}

void AlarmWatch::restore(const model::AlarmRecord& record, base::BootTime now) {
  records_[record.alarm] = record;
  if (record.state == AlarmState::normal) return;
  if (record.alarm.starts_with(kFlood)) {
    load_.restore_flood(record.active_since, now);
    flood_counted_ = now;
    return;
  }
  const auto alarm = record.alarm.find(' ', kChattering.size() + 1);
  if (!record.alarm.starts_with(kChattering) || alarm == std::string::npos) return;
  const auto name = record.alarm.substr(alarm + 1);
  load_.restore_chatter(name, record.active_since, now);
  offenders_[name] = {record.device, record.place};
}

AlarmWatch::Outcome AlarmWatch::saw(const model::AlarmTransition& transition) {
  Outcome out;
  remember(transition, out);
  count(transition, out);
  return out;
}

// A load is what appears before people: raised out of what was not active or not to be seen.
void AlarmWatch::count(const model::AlarmTransition& transition, Outcome& out) {
  const auto now = transition.at;
  const bool appears = transition.to == AlarmState::raised && !model::is_active(transition.from);
  if (!appears && transition.cause != Cause::stale && transition.cause != Cause::condition) return;
  std::vector<LoadChange> changes;
  if (appears) {
    offenders_[transition.alarm] = {transition.device, transition.place};
    changes = load_.raised(transition.alarm, now);
    const auto chattering = load_.chattering();
    if (!std::ranges::binary_search(chattering, transition.alarm)) offenders_.erase(transition.alarm);
  }
  auto& day = kpi_.day(parts_.time.wall_of(now)).day;
  if (appears) {
    ++day.raises;
    ++day.by_severity.at(static_cast<std::size_t>(transition.severity));
    day.peak = std::max<std::uint64_t>(day.peak, load_.recent());
    day.count(transition.alarm);
  } else if (transition.cause == Cause::stale) {
    ++day.stale;
  } else {
    ++day.hidden;
  }
  take(std::move(changes), out);
  account_flood(now);
  save_day(now, out);
}

AlarmWatch::Outcome AlarmWatch::on_timer(base::BootTime now) {
  Outcome out;
  account_flood(now);
  auto changes = load_.on_timer(now);
  if (changes.empty()) return out;
  take(std::move(changes), out);
  account_flood(now);
  save_day(now, out);
  return out;
}

void AlarmWatch::account_flood(base::BootTime now) {
  if (flood_counted_ && now > *flood_counted_) {
    kpi_.day(parts_.time.wall_of(now)).day.in_flood += now - *flood_counted_;
  }
  flood_counted_ = load_.is_flood() ? std::optional(now) : std::nullopt;
}

void AlarmWatch::take(std::vector<LoadChange> changes, Outcome& out) {
  for (const auto& change : changes) {
    auto& day = kpi_.day(parts_.time.wall_of(change.at)).day;
    const bool flood = change.kind == LoadChange::Kind::flood_began || change.kind == LoadChange::Kind::flood_ended;
    if (change.kind == LoadChange::Kind::flood_began) ++day.floods;
    if (change.kind == LoadChange::Kind::chatter_began) ++day.chattering;
    auto transition = flood ? flood_alarm(change) : chatter_alarm(change);
    if (change.kind == LoadChange::Kind::chatter_ended) offenders_.erase(change.alarm);
    file(transition, out);
    out.transitions.push_back(std::move(transition));
  }
}

model::AlarmTransition AlarmWatch::flood_alarm(const LoadChange& change) const {
  const bool begins = change.kind == LoadChange::Kind::flood_began;
  model::AlarmTransition out;
  out.rule = kFlood;
  out.alarm = fmt::format("{} {}", out.rule, parts_.gateway.value);
  out.severity = model::Severity::high;
  out.device = model::DeviceId{parts_.gateway.value};
  out.place = parts_.place;
  out.at = change.at;
  out.to = begins ? AlarmState::raised : AlarmState::normal;
  out.summary = begins ? fmt::format("alarm flood: {} alarms in {}; most from {}", change.raises,
                                     minutes(parts_.limits.flood_within), named(change.offenders))
                       : fmt::format("alarm flood over after {}: {} alarms; most from {}", minutes(change.lasted),
                                     change.raises, named(change.offenders));
  return out;
}

model::AlarmTransition AlarmWatch::chatter_alarm(const LoadChange& change) const {
  const bool begins = change.kind == LoadChange::Kind::chatter_began;
  const auto offender = offenders_.find(change.alarm);
  model::AlarmTransition out;
  out.rule = kChattering;
  out.severity = model::Severity::low;
  out.place = parts_.place;
  if (offender != offenders_.end()) {
    out.device = offender->second.device;
    out.place = offender->second.place;
  }
  out.alarm = fmt::format("{} {} {}", out.rule, out.device.value, change.alarm);
  out.at = change.at;
  out.to = begins ? AlarmState::raised : AlarmState::normal;
  out.summary = begins ? fmt::format("{} chatters: raised {} times in {}; it needs a delay or a dead band",
                                     change.alarm, change.raises, minutes(parts_.limits.chatter_within))
                       : fmt::format("{} chatters no longer", change.alarm);
  return out;
}

// From, cause and count of a system alarm's transition, and its record.
void AlarmWatch::file(model::AlarmTransition& transition, Outcome& out) {
  auto& record = records_[transition.alarm];
  transition.from = record.state;
  transition.live = transition.to;
  transition.cause = transition.to == AlarmState::raised ? Cause::condition : Cause::cleared;
  transition.labels["device"] = transition.device.value;
  transition.count = record.count + 1;
  record.alarm = transition.alarm;
  record.state = record.live = transition.to;
  record.count = transition.count;
  record.summary = transition.summary;
  record.severity = transition.severity;
  record.device = transition.device;
  record.place = transition.place;
  record.at = transition.at;
  if (transition.to == AlarmState::raised) record.active_since = record.base = transition.at;
  remember(transition, out);
  trim_records(out);
}

void AlarmWatch::trim_records(Outcome& out) {
  if (records_.size() <= kMostRecords) return;
  auto oldest = records_.end();
  for (auto it = records_.begin(); it != records_.end(); ++it) {
    if (it->second.state != AlarmState::normal) continue;
    if (oldest == records_.end() || it->second.at < oldest->second.at) oldest = it;
  }
  if (oldest == records_.end()) return;
  out.changes.push_back({"alarm", oldest->first, std::nullopt});
  records_.erase(oldest);
}

void AlarmWatch::remember(const model::AlarmTransition& transition, Outcome& out) {
  const auto wall = parts_.time.wall_of(transition.at);
  Past past{next_order_++,       wall ? wall->time_since_epoch().count() : 0,
            transition.alarm,    transition.device.value,
            transition.from,     transition.to,
            transition.live,     transition.cause,
            transition.severity, transition.summary,
            transition.by,       transition.reason};
  out.changes.push_back({kHistorySpace, fmt::format("{:03}", past.order % kMostHistory), encode(past)});
  history_.push_back(std::move(past));
  if (history_.size() > kMostHistory) history_.pop_front();
}

void AlarmWatch::save_day(base::BootTime at, Outcome& out) {
  const auto entry = kpi_.day(parts_.time.wall_of(at));
  out.changes.push_back({kKpiSpace, entry.key, rules::AlarmKpi::encode(entry.day)});
  for (auto& key : kpi_.take_removed()) out.changes.push_back({kKpiSpace, std::move(key), std::nullopt});
}

}  // namespace wayside::pipeline
