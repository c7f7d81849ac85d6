#include "rules/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

#include "base/nearest.hpp"
#include "rules/transition.hpp"

namespace wayside::rules {
namespace {

std::size_t count_bindings(const std::vector<BoundRule>& rules) {
  return std::accumulate(rules.begin(), rules.end(), std::size_t{0},
                         [](std::size_t sum, const BoundRule& bound) { return sum + bound.bindings.size(); });
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
  by_alarm_.resize(instances_.size());
  std::iota(by_alarm_.begin(), by_alarm_.end(), 0U);
  std::ranges::sort(by_alarm_, {}, [this](std::uint32_t i) { return std::string_view(instances_[i].alarm); });
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
  Transitions out;
  for (const auto& record : records) {
    if (const auto position = find(record.alarm)) {
      restore_one(*position, record, now, out);
    } else if (record.state != model::AlarmState::normal) {
      auto removed = describe_removed(record, now);
      removed.count = record.count + 1;
      removed.from = record.state;
      removed.to = model::AlarmState::normal;
      removed.live = model::AlarmState::normal;
      removed.cause = model::TransitionCause::removed;
      out.push_back(std::move(removed));
    }
  }
  return out;
}

void Engine::restore_one(std::uint32_t position, const model::AlarmRecord& record, base::BootTime now,
                         Transitions& out) {
  Instance& instance = instances_[position];
  desk_.restore(position, instance.life, record);
  if (goes_on(record.rule_version, rules_[instance.rule].version)) return set_deadline(position, now);
  // It ends as what it was: nothing was read yet, and the rule of today never saw it.
  instance.life = AlarmLife{};
  if (record.state == model::AlarmState::normal) return;
  auto removed = describe_removed(record, now);
  removed.labels = describe(rules_[instance.rule], instance.binding, inputs_, std::nullopt, now).labels;
  desk_.count(position, instance.life, record.state, model::TransitionCause::removed, removed);
  out.push_back(std::move(removed));
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
  if (rule.clear && instance.life.is_active() && !outcome.truth.value_or(false)) {
    seen.ending = rule.clear->run(points, inputs_, now).truth;
  }
  instance.unknown = instance.life.is_active() ? !seen.ending : !seen.condition;
  for (;;) {
    const auto from = instance.life.shown();
    const auto cause = desk_.step(position, instance.life, rule.timing, seen, now);
    if (!cause) break;
    transition(position, outcome.value, from, *cause, now, out);
  }
  set_deadline(position, now);
}

// The sooner of: its own life going on; an input growing too old, which makes unknown what is known now.
void Engine::set_deadline(std::uint32_t position, base::BootTime now) {
  const Instance& instance = instances_[position];
  auto soonest = desk_.deadline(position, instance.life, rules_[instance.rule].timing);
  if (!instance.unknown) {
    for (const auto point : instance.binding.points) {
      if (!inputs_.usable(point, now)) continue;
      const auto stale = inputs_.stale_at(point, now);
      if (stale && (!soonest || *stale < *soonest)) soonest = stale;
    }
  }
  deadlines_.set(position, soonest);
}

void Engine::transition(std::uint32_t position, std::optional<double> value, model::AlarmState from,
                        model::TransitionCause cause, base::BootTime now, Transitions& out) {
  const Instance& instance = instances_[position];
  auto made = describe(rules_[instance.rule], instance.binding, inputs_, value, now);
  if (cause == model::TransitionCause::escalated) made.escalated_to = rules_[instance.rule].spec.escalate_to;
  desk_.count(position, instance.life, from, cause, made);
  out.push_back(std::move(made));
}

std::optional<std::uint32_t> Engine::find(std::string_view alarm) const {
  const auto name = [this](std::uint32_t position) { return std::string_view(instances_[position].alarm); };
  const auto found = std::ranges::lower_bound(by_alarm_, alarm, {}, name);
  if (found == by_alarm_.end() || name(*found) != alarm) return std::nullopt;
  return *found;
}

// Of a hundred thousand names the nearest takes long to find: those that are not at rest are looked at first.
base::Error Engine::unknown_alarm(const std::string& alarm) const {
  constexpr std::size_t kMostLookedAt = 500;
  std::vector<std::string> names;
  for (const bool at_rest : {false, true}) {
    for (const auto& instance : instances_) {
      if (names.size() >= kMostLookedAt) break;
      const bool resting = instance.life.shown() == model::AlarmState::normal;
      if (resting == at_rest) names.push_back(instance.alarm);
    }
  }
  auto what = fmt::format("no alarm '{}'", alarm);
  if (const auto near = base::nearest(alarm, names)) what += fmt::format("; did you mean '{}'?", *near);
  return {base::Errc::not_found, base::Consequence::drop_record, std::move(what)};
}

base::Result<model::AlarmTransition> Engine::carry_out(const model::AlarmOrder& order, base::BootTime now) {
  const auto position = find(order.alarm);
  if (!position) return unknown_alarm(order.alarm);
  auto& life = instances_[*position].life;
  const auto from = life.shown();
  const auto cause = desk_.carry_out(order, *position, life, rules_[instances_[*position].rule].timing, now);
  if (!cause) return cause.error();
  Transitions out;
  transition(*position, std::nullopt, from, *cause, now, out);
  set_deadline(*position, now);
  return std::move(out.back());
}

void Engine::shorten_shelf(std::string_view alarm, base::BootTime until) {
  if (const auto position = find(alarm)) {
    desk_.shorten_shelf(*position, until);
    set_deadline(*position, until);
  }
}

model::AlarmRecord Engine::record_of(std::uint32_t position) const {
  const Instance& instance = instances_[position];
  const Rule& rule = rules_[instance.rule];
  const auto& home = inputs_.table().info(instance.binding.home);
  model::AlarmRecord record;
  record.alarm = instance.alarm;
  record.rule_version = rule.version;
  record.severity = rule.spec.severity;
  record.device = instance.binding.device;
  record.place = {home.place.area, rule.spec.department.empty() ? home.place.department : rule.spec.department};
  record.data_class = home.data_class;
  for (const auto point : instance.binding.points) {
    record.data_class = model::highest(record.data_class, inputs_.table().info(point).data_class);
  }
  desk_.save(position, instance.life, record);
  return record;
}

std::optional<model::AlarmRecord> Engine::alarm(std::string_view alarm) const {
  const auto position = find(alarm);
  if (!position || desk_.find(*position) == nullptr) return std::nullopt;
  return record_of(*position);
}

std::vector<model::AlarmRecord> Engine::alarms() const {
  std::vector<model::AlarmRecord> out;
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (desk_.find(i) != nullptr) out.push_back(record_of(i));
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
