// From a checked configuration to the parts that depend on it alone: drivers, the point table, the compiled rules.
// Also what `waysided --check` runs. No I/O.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"
#include "model/point_table.hpp"
#include "pipeline/dictionary.hpp"
#include "pipeline/repairs.hpp"
#include "pipeline/site_clock.hpp"
#include "rules/evaluator.hpp"
#include "site/command_assembly.hpp"

namespace wayside::site {

struct AssembledDevice {
  const config::DeviceConfig* config = nullptr;  // in the GatewayConfig given
  std::unique_ptr<device::Driver> driver;
  model::PointHandle first_point{};
  AssembledCommands commands;
};

struct Assembly {
  std::unique_ptr<pipeline::SiteClock> site_clock;  // its address is held by the evaluator
  std::unique_ptr<model::PointTable> points;        // its address is held by the evaluator
  std::vector<AssembledDevice> devices;             // in the order of the configuration
  std::unique_ptr<rules::Evaluator> rules;
  std::vector<rules::RuleCost> rule_costs;  // as they were compiled
  std::vector<pipeline::Repair> repairs;
  pipeline::Dictionary dictionary;
  std::map<std::string, double> bus_use;  // by bus: the share of its time that its polls need
  std::vector<config::Problem> warnings;  // what will work, but not well: a bus that is nearly full
};

// Problems name the device's or the expression's place in its file. `config` must outlive the assembly.
[[nodiscard]] config::Loaded<Assembly> assemble(const config::GatewayConfig& config,
                                                std::span<const device::DriverFamily* const> families);

}  // namespace wayside::site
