#include "rules/engine.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>

#include "rules/transition.hpp"

namespace wayside::rules {
namespace {

std::size_t count_bindings(const std::vector<BoundRule>& rules) {
  return std::accumulate(rules.begin(), rules.end(), std::size_t{0},
                         [](std::size_t sum, const BoundRule& bound) { return sum + bound.bindings.size(); });
}

// A restart knows only the two states this gateway walks; the active ones of ISA-18.2 count as raised.
bool is_active(model::AlarmState state) {
  return state == model::AlarmState::raised || state == model::AlarmState::acknowledged;
}

std::optional<bool> negated(std::optional<bool> truth) {
  if (truth) return !*truth;
  return std::nullopt;
}

}  // namespace

Engine::Engine(std::vector<BoundRule> rules, const model::PointTable& points)
    : inputs_(points), deadlines_(count_bindings(rules)) {
  instances_.reserve(count_bindings(rules));
  for (auto& [rule, bindings] : rules) {
    for (auto& binding : bindings) {
      Instance instance;
      instance.rule = static_cast<std::uint32_t>(rules_.size());
      instance.alarm = alarm_identity(rule, binding);
      instance.binding = std::move(binding);
      instances_.push_back(std::move(instance));
    }
    rules_.push_back(std::move(rule));
  }
  index_points(points.size());
  touched_.reserve(instances_.size());
}

void Engine::index_points(std::size_t points) {
  users_begin_.assign(points + 1, 0);
  for (const Instance& instance : instances_) {
    for (const auto point : instance.binding.points) ++users_begin_[model::index(point) + 1];
  }
  std::partial_sum(users_begin_.begin(), users_begin_.end(), users_begin_.begin());
  users_.resize(users_begin_.back());
  auto next = users_begin_;
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    for (const auto point : instances_[i].binding.points) users_[next[model::index(point)]++] = i;
  }
}

std::vector<model::AlarmTransition> Engine::restore(std::span<const model::AlarmRecord> records, base::BootTime now) {
  std::map<std::string_view, std::size_t> by_alarm;
  for (std::size_t i = 0; i < instances_.size(); ++i) by_alarm.emplace(instances_[i].alarm, i);
  Transitions out;
  for (const auto& record : records) {
    if (const auto found = by_alarm.find(record.alarm); found != by_alarm.end()) {
      restore_one(instances_[found->second], record, now, out);
    } else if (is_active(record.state)) {
      auto removed = describe_removed(record, now);
      removed.count = record.count + 1;
      removed.from = record.state;
      removed.to = model::AlarmState::normal;
      removed.cause = model::TransitionCause::removed;
      out.push_back(std::move(removed));
    }
  }
  return out;
}

void Engine::restore_one(Instance& instance, const model::AlarmRecord& record, base::BootTime now, Transitions& out) {
  instance.count = record.count;
  instance.summary = record.summary;
  instance.since_wall_us = record.since_wall_us;
  instance.life.restore(is_active(record.state));
  if (!instance.life.is_raised() || goes_on(record.rule_version, rules_[instance.rule].version)) return;
  instance.life.restore(false);
  transition(instance, std::nullopt, model::TransitionCause::removed, now, out);
  // It ends as what it was: nothing was read yet, and the rule of today never saw it.
  auto& removed = out.back();
  removed.from = record.state;
  removed.rule_version = record.rule_version;
  removed.severity = record.severity;
  removed.place = record.place;
  removed.summary = record.summary;
  instance.summary = record.summary;
}

std::vector<model::AlarmTransition> Engine::on_readings(std::span<const model::PointHandle> changed,
                                                        base::BootTime now) {
  ++round_;
  touched_.clear();
  for (const auto point : changed) {
    const auto at = model::index(point);
    for (auto i = users_begin_[at]; i < users_begin_[at + 1]; ++i) {
      Instance& instance = instances_[users_[i]];
      if (instance.visited == round_) continue;
      instance.visited = round_;
      touched_.push_back(users_[i]);
    }
  }
  std::ranges::sort(touched_);  // the order of transitions is that of the rules, whatever the order of readings
  Transitions out;
  for (const auto position : touched_) judge(position, now, out);
  return out;
}

std::vector<model::AlarmTransition> Engine::on_timer(base::BootTime now) {
  Transitions out;
  while (const auto due = deadlines_.take_due(now)) judge(*due, now, out);
  return out;
}

void Engine::judge(std::uint32_t position, base::BootTime now, Transitions& out) {
  Instance& instance = instances_[position];
  const Rule& rule = rules_[instance.rule];
  const auto& points = instance.binding.points;
  const Outcome outcome = rule.condition.run(points, inputs_, now);
  Observation seen{outcome.truth, negated(outcome.truth)};
  // A clear condition decides alone, but not while the condition still holds: the alarm would come and go.
  if (rule.clear && instance.life.is_raised() && !outcome.truth.value_or(false)) {
    seen.ending = rule.clear->run(points, inputs_, now).truth;
  }
  instance.unknown = instance.life.is_raised() ? !seen.ending : !seen.condition;
  switch (instance.life.step(rule.timing, seen, now)) {
    case AlarmLife::Change::none: break;
    case AlarmLife::Change::raised:
      transition(instance, outcome.value, model::TransitionCause::condition, now, out);
      break;
    case AlarmLife::Change::cleared:
      transition(instance, outcome.value, model::TransitionCause::cleared, now, out);
      break;
  }
  set_deadline(position, now);
}

// The sooner of: its own life going on; an input growing too old, which makes unknown what is known now.
void Engine::set_deadline(std::uint32_t position, base::BootTime now) {
  const Instance& instance = instances_[position];
  auto soonest = instance.life.deadline(rules_[instance.rule].timing);
  if (!instance.unknown) {
    for (const auto point : instance.binding.points) {
      if (!inputs_.usable(point, now)) continue;
      const auto stale = inputs_.stale_at(point, now);
      if (stale && (!soonest || *stale < *soonest)) soonest = stale;
    }
  }
  deadlines_.set(position, soonest);
}

void Engine::transition(Instance& instance, std::optional<double> value, model::TransitionCause cause,
                        base::BootTime now, Transitions& out) {
  auto made = describe(rules_[instance.rule], instance.binding, inputs_, value, now);
  const bool raised = instance.life.is_raised();
  made.from = raised ? model::AlarmState::normal : model::AlarmState::raised;
  made.to = raised ? model::AlarmState::raised : model::AlarmState::normal;
  made.cause = cause;
  made.count = ++instance.count;
  instance.summary = made.summary;
  instance.since_wall_us = 0;  // the wall clock is the caller's
  out.push_back(std::move(made));
}

std::vector<model::AlarmRecord> Engine::alarms() const {
  std::vector<model::AlarmRecord> out;
  for (const Instance& instance : instances_) {
    if (instance.count == 0 && !instance.life.is_raised()) continue;
    const Rule& rule = rules_[instance.rule];
    const auto& home = inputs_.table().info(instance.binding.home);
    model::AlarmRecord record;
    record.alarm = instance.alarm;
    record.state = instance.life.is_raised() ? model::AlarmState::raised : model::AlarmState::normal;
    record.count = instance.count;
    record.rule_version = rule.version;
    record.summary = instance.summary;
    record.severity = rule.spec.severity;
    record.device = instance.binding.device;
    record.place = {home.place.area, rule.spec.department.empty() ? home.place.department : rule.spec.department};
    record.data_class = home.data_class;
    for (const auto point : instance.binding.points) {
      record.data_class = model::highest(record.data_class, inputs_.table().info(point).data_class);
    }
    record.since_wall_us = instance.since_wall_us;
    out.push_back(std::move(record));
  }
  return out;
}

std::vector<model::PointHandle> Engine::inputs() const {
  std::vector<model::PointHandle> out;
  for (std::size_t n = 0; n + 1 < users_begin_.size(); ++n) {
    if (users_begin_[n] != users_begin_[n + 1]) out.push_back(model::PointHandle{static_cast<std::uint32_t>(n)});
  }
  return out;
}

std::vector<InstanceView> Engine::instances() const {
  std::vector<InstanceView> out;
  out.reserve(instances_.size());
  for (const Instance& instance : instances_) {
    out.push_back({instance.alarm, instance.unknown, instance.life.is_pending()});
  }
  return out;
}

}  // namespace wayside::rules
