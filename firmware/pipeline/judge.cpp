#include "pipeline/judge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/audit_notes.hpp"
#include "wire/encode.hpp"

namespace wayside::pipeline {
namespace {
// At most 15 bytes each (index, value, quality): half of a telemetry body.
constexpr std::ptrdiff_t kMostReadings = 500;
}  // namespace

Judge::Judge(Parts parts) : parts_(std::move(parts)), devices_(parts_.devices.size()), times_(parts_.time) {}

Judge::~Judge() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(timer_);
}

std::int64_t Judge::since(const std::string& alarm) const {
  const auto found = since_.find(alarm);
  return found == since_.end() ? 0 : found->second;
}

void Judge::stop() {
  stopped_ = true;
  if (timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(timer_, base::TimerId::none));
}

void Judge::adopt(Judge& before) {
  parts_.points.adopt(before.parts_.points);
  parts_.rules.adopt(before.parts_.rules);
  arm();
}

void Judge::restore(std::vector<model::AlarmRecord> records) {
  const auto now = parts_.core.now();
  std::vector<model::AlarmRecord> of_rules;
  for (auto& record : records) {
    since_[record.alarm] = record.since_wall_us;
    // Of another boot: kept as it is on this clock, so that the next boot can date it.
    if (times_.settle(record, now))
      parts_.recorder.change_later({kAlarmSpace, record.alarm, wire::encode_record(record)});
    if (!AlarmWatch::is_system(record.alarm)) {
      of_rules.push_back(std::move(record));
    } else if (parts_.alarms != nullptr) {
      parts_.alarms->restore(record, now);
    }
  }
  take_verdict(parts_.rules.restore(of_rules, now), now);
  parts_.recorder.end_instant();
  arm();
}

void Judge::carry_out(const model::AlarmOrder& order, OrderAnswer answer) {
  if (AlarmWatch::is_system(order.alarm)) {
    return answer(
        base::invalid_argument("alarms of the group 'system' end by themselves: see to the alarms they name"));
  }
  auto done = parts_.rules.carry_out(order, parts_.core.now());
  enter(note_of(order, done ? "" : done.error().what), parts_.core.now());
  if (!done) {
    parts_.recorder.end_instant();
    return answer(done.error().in(order.alarm));
  }
  std::vector<model::AlarmTransition> transitions;
  transitions.push_back(std::move(*done));
  take_transitions(std::move(transitions));
  parts_.recorder.end_instant();
  arm();
  parts_.recorder.after_commit([this, alarm = order.alarm, answer = std::move(answer)]() mutable {
    auto record = parts_.rules.alarm(alarm);
    if (!record) return answer(base::invalid_argument("no alarm '" + alarm + "' any more"));
    record->since_wall_us = since(alarm);
    answer(std::move(*record));
  });
}

void Judge::clock_known() {
  for (const auto& shelf : times_.take_known()) {
    parts_.rules.shorten_shelf(shelf.alarm, std::max(shelf.until, parts_.core.now()));
    auto record = parts_.rules.alarm(shelf.alarm);
    if (!record) continue;
    const auto at = record->at;
    store_record(std::move(*record), at);
  }
  arm();
}

void Judge::record(const model::Event& event, std::vector<ports::StateChange> changes) {
  emit(event);
  for (auto& change : changes) parts_.recorder.change(std::move(change));
  if (auto note = note_of(event)) enter(std::move(*note), event.at);
  parts_.recorder.end_instant();
}

void Judge::when_durable(base::Task done) {
  parts_.recorder.after_commit([&recorder = parts_.recorder, done = std::move(done)]() mutable {
    if (!recorder.is_refused()) done();
  });
}

void Judge::audit(model::AuditNote note) {
  enter(std::move(note), parts_.core.now());
  parts_.recorder.end_instant();
}

void Judge::enter(model::AuditNote note, base::BootTime at) {
  if (parts_.audit == nullptr) return;
  auto appended = parts_.audit->append(std::move(note), parts_.time.boot(), at, parts_.time.wall_of(at));
  if (!appended) return;
  emit({at, model::DataClass::internal, std::move(appended->entry)});
  for (auto& change : appended->changes) parts_.recorder.change(std::move(change));
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
  for (auto& transition : transitions) take_transition(std::move(transition));
}

void Judge::take_transition(model::AlarmTransition transition) {
  if (parts_.watch != nullptr && transition.to == model::AlarmState::raised && !model::is_active(transition.from)) {
    parts_.watch->alarm_raised(transition.device);
  }
  since_.erase(transition.alarm);
  if (auto record = parts_.rules.alarm(transition.alarm)) {
    store_record(std::move(*record), transition.at);
  } else {
    parts_.recorder.change({kAlarmSpace, transition.alarm, std::nullopt});
  }
  auto outcome = parts_.alarms != nullptr ? parts_.alarms->saw(transition) : AlarmWatch::Outcome{};
  const model::Event event{transition.at, transition.data_class, std::move(transition)};
  emit(event);
  take_outcome(std::move(outcome));
  if (repairs_ != nullptr) repairs_->saw(std::get<model::AlarmTransition>(event.body));
}

void Judge::store_record(model::AlarmRecord record, base::BootTime at) {
  const auto wall = parts_.time.wall_of(at);
  record.since_wall_us = wall ? wall->time_since_epoch().count() : 0;
  record.boot = parts_.time.boot();
  since_[record.alarm] = record.since_wall_us;
  parts_.recorder.change({kAlarmSpace, record.alarm, wire::encode_record(record)});
}

void Judge::take_outcome(AlarmWatch::Outcome outcome) {
  for (auto& change : outcome.changes) parts_.recorder.change(std::move(change));
  for (auto& transition : outcome.transitions) {
    const auto& records = parts_.alarms->alarms();
    if (const auto record = records.find(transition.alarm); record != records.end()) {
      store_record(record->second, transition.at);
    }
    emit({transition.at, transition.data_class, std::move(transition)});
  }
}

void Judge::arm() {
  if (stopped_) return;
  auto next = parts_.rules.next_timer();
  const auto alarms = parts_.alarms != nullptr ? parts_.alarms->next_timer() : std::nullopt;
  if (alarms) next = next ? std::min(*next, *alarms) : *alarms;
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
  if (parts_.alarms != nullptr) take_outcome(parts_.alarms->on_timer(now));
  parts_.recorder.end_instant();
  arm();
}

}  // namespace wayside::pipeline
