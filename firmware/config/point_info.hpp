// What the rest of the program knows of a device's point. Pure; any thread.
#pragma once

#include "config/gateway_config.hpp"
#include "model/point_table.hpp"

namespace wayside::config {

// `spec`: one of the points that the device's driver has.
[[nodiscard]] model::PointInfo point_info(const DeviceConfig& device, const device::PointSpec& spec);

}  // namespace wayside::config
