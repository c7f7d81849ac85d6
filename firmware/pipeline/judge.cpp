#include "pipeline/judge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/encode.hpp"

namespace wayside::pipeline {
namespace {
// At most 15 bytes each (index, value, quality): half of a telemetry body.
constexpr std::ptrdiff_t kMostReadings = 500;
}  // namespace

Judge::Judge(Parts parts) : parts_(std::move(parts)), devices_(parts_.devices.size()) {}

Judge::~Judge() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(timer_);
}

std::int64_t Judge::since(const std::string& alarm) const {
  const auto found = since_.find(alarm);
  return found == since_.end() ? 0 : found->second;
}

void Judge::restore(const std::vector<model::AlarmRecord>& records) {
  for (const auto& record : records) since_[record.alarm] = record.since_wall_us;
  take_verdict(parts_.rules.restore(records, parts_.core.now()), parts_.core.now());
  parts_.recorder.end_instant();
  arm();
}

void Judge::record(const model::Event& event, std::vector<ports::StateChange> changes) {
  emit(event);
  for (auto& change : changes) parts_.recorder.change(std::move(change));
  parts_.recorder.end_instant();
}

void Judge::keep(std::vector<ports::StateChange> changes) {
  for (auto& change : changes) parts_.recorder.change_later(std::move(change));
}

void Judge::computed(std::vector<model::Reading> readings, base::BootTime at) {
  take_readings(std::move(readings), at);
  parts_.recorder.end_instant();
  arm();
}

void Judge::emit(const model::Event& event) {
  parts_.recorder.record(event);
  if (observer_) observer_(event);
}

void Judge::polled(PollResult result, base::Task taken) {
  if (parts_.watch != nullptr) parts_.watch->admit(result);
  auto& known = devices_[result.device];
  known = result.counters;
  missed_turns_[parts_.buses[result.device].value] = result.missed_turns;
  if (result.bus) buses_[parts_.buses[result.device].value] = *result.bus;
  const auto& id = parts_.devices[result.device];
  if (result.status_changed) {
    const std::string reason = known.communicating ? "" : known.last_error;
    emit({result.at, model::DataClass::internal, model::DeviceStatus{id, known.communicating, reason}});
  }
  take_readings(std::move(result.readings), result.at);
  if (result.state) states_[result.device] = *result.state;
  if (result.state) parts_.recorder.change_later({kDriverSpace, id.value, std::move(*result.state)});
  parts_.recorder.end_instant();
  arm();
  taken();
}

void Judge::measured(std::vector<model::Reading> readings, base::BootTime at) { computed(std::move(readings), at); }

void Judge::take_readings(std::vector<model::Reading> readings, base::BootTime at) {
  if (readings.empty()) return;
  std::vector<model::PointHandle> changed;
  changed.reserve(readings.size());
  for (const auto& reading : readings) {
    parts_.points.apply(reading);
    changed.push_back(reading.point);
  }
  emit_telemetry(std::move(readings), at);
  take_verdict(parts_.rules.on_readings(changed, at), at);
}

// Derived points first: a transition may name one.
void Judge::take_verdict(rules::Verdict verdict, base::BootTime at) {
  if (!verdict.derived.empty()) emit_telemetry(std::move(verdict.derived), at);
  take_transitions(std::move(verdict.transitions));
}

void Judge::emit_telemetry(std::vector<model::Reading> readings, base::BootTime at) {
  std::array<model::Telemetry, model::kDataClasses.size()> by_class;
  for (auto& reading : readings) {
    // A reading without a value carries the last one, with its bad quality (never a zero).
    reading.value = parts_.points.newest(reading.point).value;
    if (parts_.watch != nullptr && !parts_.watch->tells(reading)) continue;  // the dead band holds it back
    const auto c = parts_.points.info(reading.point).data_class;
    by_class[static_cast<std::size_t>(c)].readings.push_back(std::move(reading));
  }
  for (const auto c : model::kDataClasses) {
    emit_split(at, c, std::move(by_class[static_cast<std::size_t>(c)].readings));
  }
}

// A body has room for so many readings of one event and no more.
void Judge::emit_split(base::BootTime at, model::DataClass c, std::vector<model::Reading> readings) {
  for (auto first = readings.begin(); first != readings.end();) {
    const auto last = first + std::min(kMostReadings, std::distance(first, readings.end()));
    model::Telemetry part;
    part.readings.assign(std::move_iterator(first), std::move_iterator(last));
    emit({at, c, std::move(part)});
    first = last;
  }
}

void Judge::take_transitions(std::vector<model::AlarmTransition> transitions) {
  if (transitions.empty()) return;
  const auto records = parts_.rules.alarms();
  for (auto& transition : transitions) {
    if (parts_.watch != nullptr && transition.to == model::AlarmState::raised) {
      parts_.watch->alarm_raised(transition.device);
    }
    ports::StateChange change{kAlarmSpace, transition.alarm, std::nullopt};
    since_.erase(transition.alarm);
    const auto record = std::ranges::find(records, transition.alarm, &model::AlarmRecord::alarm);
    if (record != records.end()) {
      auto stored = *record;
      const auto wall = parts_.time.wall_of(transition.at);
      stored.since_wall_us = wall ? wall->time_since_epoch().count() : 0;
      since_[stored.alarm] = stored.since_wall_us;
      change.value = wire::encode_record(stored);
    }
    const model::Event event{transition.at, transition.data_class, std::move(transition)};
    emit(event);
    parts_.recorder.change(std::move(change));
  }
}

void Judge::arm() {
  const auto next = parts_.rules.next_timer();
  if (timer_ != base::TimerId::none) {
    if (next && *next == timer_at_) return;
    parts_.core.cancel(std::exchange(timer_, base::TimerId::none));
  }
  if (!next) return;
  timer_at_ = *next;
  timer_ = parts_.core.post_at(*next, [this] { timer_due(); });
}

void Judge::timer_due() {
  timer_ = base::TimerId::none;
  const auto now = parts_.core.now();
  take_verdict(parts_.rules.on_timer(now), now);
  parts_.recorder.end_instant();
  arm();
}

}  // namespace wayside::pipeline
