// The commands of the configuration, compiled: which points are allowed, and their interlocks. Part of assemble(). No
// I/O.
#pragma once

#include <vector>

#include "config/gateway_config.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"
#include "model/point_table.hpp"
#include "pipeline/command_gate.hpp"

namespace wayside::site {

struct AssembledCommands {
  std::vector<bool> allowed;     // by the driver's points
  std::vector<bool> local_only;  // likewise
  std::vector<pipeline::Interlock> interlocks;
};

// A name in `allow` or `interlocks` is that of a point, or the metric of the points of a group ("lane-1.lamp" or
// "lamp"). Problems: names that no point has (with the nearest), expressions that do not compile, each at its place.
[[nodiscard]] AssembledCommands assemble_commands(const config::DeviceConfig& device, const device::Driver& driver,
                                                  const model::PointTable& points,
                                                  std::vector<config::Problem>& problems);

}  // namespace wayside::site
