// What the engine says of itself for `wayside why`: nothing here is on the way of the data.
#include <algorithm>

#include "rules/engine.hpp"

namespace wayside::rules {

base::Result<Explanation> Engine::explain(const std::string& alarm) const {
  const auto position = find(alarm);
  if (!position) return unknown_alarm(alarm);
  const Instance& instance = instances_[*position];
  const Rule& rule = *rules_[instance.rule];
  const auto about = subject(*position);
  auto said = describe(rule, about, points_, fillings(*position), base::from_us(network_->now()));
  Explanation out;
  out.alarm = std::move(said.alarm);
  out.spec = &rule.spec;
  out.version = rule.version;
  out.summary = std::move(said.summary);
  out.place = std::move(said.place);
  out.state = instance.life.shown();
  out.unknown = instance.unknown;
  out.pending = instance.life.is_pending();
  for (const auto point : about.points) {
    if (std::ranges::find(out.inputs, point) == out.inputs.end()) out.inputs.push_back(point);
  }
  if (const auto parents = parents_.find(*position); parents != parents_.end()) {
    for (const auto parent : parents->second) {
      if (instances_[parent].life.is_active()) out.hidden_by.push_back(identity(parent));
    }
  }
  return out;
}

std::vector<std::string> Engine::alarms_on(model::PointHandle point, std::size_t most) const {
  std::vector<std::uint32_t> users;
  std::vector<model::PointHandle> points{point};
  for (std::size_t at = 0; at < points.size(); ++at) {  // grows meanwhile
    auto reach = network_->reach(points[at]);
    users.insert(users.end(), reach.users.begin(), reach.users.end());
    for (const auto derived : reach.derived) {
      if (std::ranges::find(points, derived) == points.end()) points.push_back(derived);
    }
  }
  std::ranges::sort(users);
  const auto twins = std::ranges::unique(users);
  users.erase(twins.begin(), twins.end());
  if (users.size() > most) users.resize(most);
  std::vector<std::string> out;
  out.reserve(users.size());
  for (const auto user : users) out.push_back(identity(user));
  return out;
}

std::vector<model::PointHandle> Engine::inputs_of(model::PointHandle derived, std::size_t most) const {
  std::vector<model::PointHandle> out;
  for (std::uint32_t i = 0; i < points_.size() && out.size() < most; ++i) {
    const auto reach = network_->reach(model::PointHandle{i});
    if (std::ranges::find(reach.derived, derived) != reach.derived.end()) out.push_back(model::PointHandle{i});
  }
  return out;
}

}  // namespace wayside::rules
