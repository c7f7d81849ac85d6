// The `actions` of rules, resolved: each alarm's devices and points. Part of assemble(). No I/O.
#pragma once

#include <vector>

#include "config/gateway_config.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"
#include "pipeline/repairs.hpp"
#include "rules/evaluator.hpp"
#include "site/command_assembly.hpp"

namespace wayside::site {

struct RepairTarget {
  const config::DeviceConfig* config = nullptr;
  const device::Driver* driver = nullptr;
  const AssembledCommands* commands = nullptr;
};

// `device` is a device's id, with labels of the alarm filled in; `point` one of its points, or a metric of the alarm's
// instance or of a single point. Problems, each once: no such device or point (with the nearest), a point that is not
// in commands.allow, a value that does not fit it, a set-up where there is none, a plan by the sun without a position.
[[nodiscard]] std::vector<pipeline::Repair> assemble_repairs(const std::vector<rules::RepairBinding>& bindings,
                                                             const std::vector<RepairTarget>& targets,
                                                             const config::GatewayConfig& config,
                                                             std::vector<config::Problem>& problems);

}  // namespace wayside::site
