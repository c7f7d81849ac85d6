// What is asked of one alarm by its name, and what is told of alarms: beside the way of the readings.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "rules/engine.hpp"

namespace wayside::rules {

// Names of rules may have blanks in them, ids of devices have none.
std::optional<std::uint32_t> Engine::find(std::string_view alarm) const {
  for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
    const auto id = rules_[rule]->spec.id();
    if (alarm.size() <= id.size() || !alarm.starts_with(id) || alarm[id.size()] != ' ') continue;
    if (const auto found = find(rule, alarm.substr(id.size() + 1))) return found;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Engine::find(std::uint32_t rule, std::string_view device_and_instance) const {
  const auto blank = device_and_instance.find(' ');
  const auto device = name_places_.find(std::string(device_and_instance.substr(0, blank)));
  const auto instance =
      name_places_.find(blank == std::string_view::npos ? "" : std::string(device_and_instance.substr(blank + 1)));
  if (device == name_places_.end() || instance == name_places_.end()) return std::nullopt;
  for (const auto& one : std::ranges::equal_range(instances_, rule, {}, &Instance::rule)) {
    const auto position = static_cast<std::uint32_t>(&one - instances_.data());
    const Scope& scope = scopes_[position];
    if (scope.device == device->second && scope.instance == instance->second) return position;
  }
  return std::nullopt;
}

// Of a hundred thousand names the nearest takes long to find: those that are not at rest are looked at first.
base::Error Engine::unknown_alarm(const std::string& alarm) const {
  constexpr std::size_t kMostLookedAt = 500;
  std::vector<std::string> names;
  for (const bool at_rest : {false, true}) {
    for (std::uint32_t i = 0; i < instances_.size() && names.size() < kMostLookedAt; ++i) {
      if ((instances_[i].life.shown() == model::AlarmState::normal) == at_rest) names.push_back(identity(i));
    }
  }
  auto what = fmt::format("no alarm '{}'", alarm);
  if (const auto near = base::nearest(alarm, names)) what += fmt::format("; did you mean '{}'?", *near);
  return {base::Errc::not_found, base::Consequence::drop_record, std::move(what)};
}

base::Result<model::AlarmTransition> Engine::carry_out(const model::AlarmOrder& order, base::BootTime now) {
  const auto position = find(order.alarm);
  if (!position) return unknown_alarm(order.alarm);
  Instance& instance = instances_[*position];
  const auto& timing = rules_[instance.rule]->timing;
  network_->begin(now);
  const auto from = instance.life.shown();
  const auto cause = desk_.carry_out(order, *position, instance.life, timing, base::from_us(network_->now()));
  if (!cause) return cause.error();
  auto made = transition(*position, from, *cause);
  deadlines_.set(*position, desk_.deadline(*position, instance.life, timing));
  return made;
}

void Engine::shorten_shelf(std::string_view alarm, base::BootTime until) {
  const auto position = find(alarm);
  if (!position) return;
  const Instance& instance = instances_[*position];
  desk_.shorten_shelf(*position, until);
  deadlines_.set(*position, desk_.deadline(*position, instance.life, rules_[instance.rule]->timing));
}

model::AlarmRecord Engine::record_of(std::uint32_t position) const {
  const Instance& instance = instances_[position];
  const Rule& rule = *rules_[instance.rule];
  const auto about = subject(position);
  const auto& home = points_.info(about.home);
  model::AlarmRecord record;
  record.alarm = identity(position);
  record.rule_version = rule.version;
  record.severity = rule.spec.severity;
  record.device = about.device;
  record.place = {home.place.area, rule.spec.department.empty() ? home.place.department : rule.spec.department};
  record.data_class = home.data_class;
  for (const auto point : about.points) {
    record.data_class = model::highest(record.data_class, points_.info(point).data_class);
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
  for (const auto& [position, card] : desk_.cards()) out.push_back(record_of(position));
  return out;
}

}  // namespace wayside::rules
