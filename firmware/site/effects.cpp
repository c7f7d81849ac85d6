#include "site/effects.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "rules/rule.hpp"

namespace wayside::site {
namespace {

std::optional<double> use_of(const Assembly& assembly, const model::BusId& bus) {
  const auto found = assembly.bus_use.find(bus.value);
  return found == assembly.bus_use.end() ? std::nullopt : std::optional(found->second);
}

std::vector<BusEffect> buses(const Site& from, const Site& to) {
  std::vector<BusEffect> out;
  const auto find = [](const Site& site, const model::BusId& id) {
    return std::ranges::find(site.config.buses, id, &config::BusConfig::id);
  };
  for (const auto& bus : to.config.buses) {
    const auto before = find(from, bus.id);
    BusEffect effect{bus.id.value, BusFate::added, std::nullopt, use_of(to.assembly, bus.id)};
    if (before != from.config.buses.end()) {
      effect.fate = before->transport == bus.transport ? BusFate::goes_on : BusFate::opened_anew;
      effect.before = use_of(from.assembly, bus.id);
    }
    out.push_back(std::move(effect));
  }
  for (const auto& bus : from.config.buses) {
    if (find(to, bus.id) != to.config.buses.end()) continue;
    out.push_back({bus.id.value, BusFate::removed, use_of(from.assembly, bus.id), std::nullopt});
  }
  return out;
}

std::set<std::string> points(const Assembly& assembly) {
  std::set<std::string> out;
  for (std::uint32_t i = 0; i < assembly.points->size(); ++i) {
    const auto& info = assembly.points->info(model::PointHandle{i});
    out.insert(model::point_id(info.device, info.name));
  }
  return out;
}

}  // namespace

Effects effects(const Site& from, const Site& to) {
  Effects out;
  out.buses = buses(from, to);
  std::map<std::string, std::string> versions;
  for (const auto& rule : from.config.rules) versions.emplace(rule.id(), rules::rule_version(rule));
  for (const auto& rule : to.config.rules) {
    const auto before = versions.find(rule.id());
    if (before == versions.end()) continue;
    if (rules::goes_on(before->second, rules::rule_version(rule))) {
      ++out.rules_that_go_on;
    } else {
      out.rules_anew.push_back(rule.id());
    }
  }
  const auto was = points(from.assembly);
  const auto is = points(to.assembly);
  std::ranges::set_difference(is, was, std::back_inserter(out.points_added));
  std::ranges::set_difference(was, is, std::back_inserter(out.points_removed));
  return out;
}

}  // namespace wayside::site
