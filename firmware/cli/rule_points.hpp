// Points for rules without a daemon: of devices as a config has them, of one device of each profile. Pure but for the
// reading of files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "model/point_table.hpp"

namespace wayside::cli {

// The points that the driver of a device has; none where it cannot be made: then `problems` has grown.
[[nodiscard]] std::vector<model::PointInfo> points_of(const config::DeviceConfig& device,
                                                      std::vector<config::Problem>& problems);

// The points of all devices, and those that the gateway adds to them, as the daemon has them.
void add_points(const config::GatewayConfig& config, model::PointTable& points, std::vector<config::Problem>& problems);

// One device of each profile, called as it, or as many as it takes to have every label of a site that the rules write
// out (side "in", side "out"). A profile whose family needs more than its defaults is left out.
void add_points(const std::vector<device::Profile>& profiles, std::span<const model::RuleSpec> rules,
                model::PointTable& points);

}  // namespace wayside::cli
