#include "site/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "config/point_info.hpp"
#include "device/bus_budget.hpp"
#include "pipeline/asset_points.hpp"
#include "pipeline/gateway_points.hpp"
#include "site/gateway_rules.hpp"
#include "site/repair_assembly.hpp"

namespace wayside::site {
namespace {

struct SpeedOf {
  device::LineSpeed operator()(const config::SerialSettings& line) const {
    return {line.baud, 9 + (line.parity == config::Parity::none ? 0 : 1) + line.stop_bits};
  }
  device::LineSpeed operator()(const config::TcpSettings& /*endpoint*/) const { return {}; }
};

// A bus that cannot keep its periods is refused before it starts; one that barely can is told.
void check_budgets(const config::GatewayConfig& config, Assembly& assembly, std::vector<config::Problem>& problems) {
  constexpr double kNearlyFull = 0.8;
  for (const auto& bus : config.buses) {
    std::vector<device::BudgetUser> users;
    for (const auto& device : assembly.devices) {
      if (device.config->bus != bus.id) continue;
      users.push_back({device.config->id.value, &device.driver->plan(), device.config->profile.quiet});
    }
    const auto speed = std::visit(SpeedOf{}, bus.transport);
    const auto budget = device::bus_budget(speed, users);
    assembly.bus_use[bus.id.value] = budget.share;
    if (budget.share <= kNearlyFull) continue;
    const bool serial = speed.baud > 0;
    auto text = fmt::format("bus '{}': its polls need {:.0f} % of its time{}; {}\n{}", bus.id.value, budget.share * 100,
                            serial ? fmt::format(" at {} baud", speed.baud) : ", at 20 ms for each exchange",
                            "use longer periods, a faster line or a second bus", budget.table());
    // How fast a network answers is only guessed here: it is told, not refused.
    auto& where = serial && budget.share > 1 ? problems : assembly.warnings;
    where.push_back({bus.place, std::move(text)});
  }
}

// One metric with two meanings on one site: told, and no reason not to measure.
void assemble_dictionary(const config::GatewayConfig& config, std::span<const model::RuleSpec> rules,
                         Assembly& assembly) {
  pipeline::DictionaryItems items;
  items.add(pipeline::dictionary_items(*assembly.points, rules));
  for (const auto& device : assembly.devices) {
    items.add(pipeline::dictionary_items(device.config->profile, device.driver->points(),
                                         device.config->responsible.department));
  }
  assembly.dictionary = pipeline::make_dictionary(items.take());
  for (const auto& contradiction : assembly.dictionary.contradictions) {
    assembly.warnings.push_back({{config.file, 1, 1}, "the data dictionary contradicts itself: " + contradiction});
  }
}

}  // namespace

config::Loaded<Assembly> assemble(const config::GatewayConfig& config,
                                  std::span<const device::DriverFamily* const> families) {
  config::Loaded<Assembly> out;
  Assembly assembly;
  assembly.points = std::make_unique<model::PointTable>();
  for (const auto& device : config.devices) {
    const auto family = std::ranges::find(families, std::string_view(device.profile.family),
                                          [](const device::DriverFamily* f) { return f->name; });
    if (family == families.end()) {
      out.problems.push_back({device.place, "no driver family '" + device.profile.family + "'"});
      continue;
    }
    auto driver = (*family)->make({device.profile, device.options, device.period});
    if (!driver) {
      out.problems.push_back({device.place, driver.error().in("device " + device.id.value).what});
      continue;
    }
    const auto first = model::PointHandle{static_cast<std::uint32_t>(assembly.points->size())};
    for (const auto& spec : (*driver)->points()) assembly.points->add(config::point_info(device, spec));
    assembly.devices.push_back({&device, std::move(*driver), first, {}});
  }
  check_budgets(config, assembly, out.problems);
  if (!out.problems.empty()) return out;
  std::vector<model::DeviceId> ids;
  for (const auto& device : assembly.devices) ids.push_back(device.config->id);
  pipeline::add_asset_points(*assembly.points, ids);
  if (config.uplink) pipeline::add_gateway_points(*assembly.points, config.id, config.responsible);
  for (auto& device : assembly.devices) {
    device.commands = assemble_commands(*device.config, *device.driver, *assembly.points, out.problems);
  }
  auto clock = pipeline::SiteClock::open(config.time_zone);
  if (!clock) {
    out.problems.push_back({config.time_zone_place, clock.error().what});
    return out;
  }
  assembly.site_clock = *std::move(clock);
  auto rules = config.rules;
  std::ranges::move(gateway_rules(config), std::back_inserter(rules));
  auto compiled = rules::Evaluator::compile(
      rules, *assembly.points, {config.id.value, config.position, assembly.site_clock.get(), config.rules_memory});
  for (auto& problem : compiled.problems) out.problems.push_back({problem.place, std::move(problem.what)});
  if (!out.problems.empty()) return out;
  assembly.rules = std::move(compiled.evaluator);
  assembly.rule_costs = std::move(compiled.costs);
  assemble_dictionary(config, rules, assembly);
  std::vector<RepairTarget> targets;
  for (const auto& device : assembly.devices) {
    targets.push_back({device.config, device.driver.get(), &device.commands});
  }
  assembly.repairs = assemble_repairs(assembly.rules->repairs(), targets, config, out.problems);
  if (!out.problems.empty()) return out;
  out.value = std::move(assembly);
  return out;
}

}  // namespace wayside::site
