// What the engine says of itself for `wayside why`: nothing here is on the way of the data.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

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

std::optional<model::PointHandle> Engine::bad_input(std::uint32_t position) const {
  for (const auto point : subject(position).points) {
    if (!network_->usable(static_cast<CellId>(model::index(point)))) return point;
  }
  return std::nullopt;
}

std::vector<RuleView> Engine::rule_views() const {
  std::vector<RuleView> out(rules_.size());
  constexpr std::string_view kSource = "rule ";
  std::map<std::string, std::size_t> places;  // of recording rules, by the source of their points
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    out[rule].rule = rules_[rule]->spec.id();
    out[rule].spec = &rules_[rule]->spec;
    out[rule].records = rules_[rule]->spec.recorded.has_value();
    if (out[rule].records) places.emplace(std::string(kSource) + out[rule].rule, rule);
    out[rule].evaluations = runs_[rule].count;
    if (runs_[rule].count > 0) out[rule].evaluated = base::from_us(runs_[rule].last);
  }
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    const auto& instance = instances_[i];
    auto& view = out[instance.rule];
    ++view.instances;
    view.pending += instance.life.is_pending() ? 1U : 0U;
    view.active += instance.life.is_active() ? 1U : 0U;
    if (instance.unknown && view.unknown++ == 0) {
      view.first_unknown = identity(i);
      view.bad_input = bad_input(i);
    }
  }
  for (const auto& [point, runs, ran] : network_->recordings()) {
    const auto& info = points_.info(point);
    const auto [place, fresh] = places.try_emplace(info.source, out.size());
    if (fresh) {
      out.emplace_back();
      out.back().rule = info.source.substr(std::min(kSource.size(), info.source.size()));
      out.back().records = true;
    }
    auto& view = out[place->second];
    ++view.instances;
    view.evaluations += runs;
    if (runs > 0) view.evaluated = std::max(view.evaluated.value_or(base::BootTime{}), base::from_us(ran));
    if (!network_->usable(static_cast<CellId>(model::index(point))) && view.unknown++ == 0) {
      view.first_unknown = model::point_id(info.device, info.name);
    }
  }
  std::set<std::pair<std::size_t, std::uint32_t>> read;
  for (std::uint32_t i = 0; i < points_.size(); ++i) {
    const auto reach = network_->reach(model::PointHandle{i});
    for (const auto user : reach.users) read.emplace(instances_[user].rule, i);
    for (const auto derived : reach.derived) {
      const auto place = places.find(points_.info(derived).source);
      if (place == places.end()) continue;
      read.emplace(place->second, i);
      auto& view = out[place->second];
      const bool first_one =
          view.first_unknown == model::point_id(points_.info(derived).device, points_.info(derived).name);
      if (first_one && !view.bad_input && !network_->usable(i)) view.bad_input = model::PointHandle{i};
    }
  }
  for (const auto& [rule, point] : read) ++out[rule].points;
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
