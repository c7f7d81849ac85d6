// Which points say that something burns or runs, and the points that the gateway itself adds to a device so that rules
// and telemetry see the hours of its asset record:
//
//   asset_running_hours                   of every device: hours in which it answered
//   asset_burn_hours, asset_switch_cycles of its load (a point with the role lamp_on or running), or of each:
//   lamp-3.asset_burn_hours, ...          with the labels of that load's point; there is then no sum of the device, for
//                                         a rule on the metric asset_burn_hours must not meet lamps and their sum
//
// Metrics: the names without the instance. They have no period: hours do not grow old.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/point_table.hpp"

namespace wayside::pipeline {

struct LoadPoint {
  model::PointHandle point{};
  std::string name;     // of the load in the asset record: "lamp-3", or the point's name
  bool behind = false;  // an instance behind the device (a lamp of a DALI line), not a part of it
  std::string prefix;   // of the points made for it: "lamp-3." or "pump_1.", "" where it is the only load of its device
};

// The loads of one device, in the order of the table, at most AssetRecord::kMostLoads (more are left out, and said so
// by `dropped`).
struct DeviceLoads {
  std::vector<LoadPoint> loads;
  std::size_t dropped = 0;
};
[[nodiscard]] std::vector<DeviceLoads> find_loads(const model::PointTable& points,
                                                  const std::vector<model::DeviceId>& devices);

inline constexpr std::string_view kRunningHours = "running_hours";
inline constexpr std::string_view kBurnHours = "burn_hours";
inline constexpr std::string_view kSwitchCycles = "switch_cycles";
[[nodiscard]] std::string asset_point(std::string_view prefix, std::string_view what);  // "lamp-3.asset_burn_hours"

// What such a metric means, whichever load it is of; empty: it is none of them.
[[nodiscard]] std::string_view asset_meaning(std::string_view metric);

// Adds them, behind all others: handles of the drivers' points stay. A device that has a point of such a name already
// keeps its own.
void add_asset_points(model::PointTable& points, const std::vector<model::DeviceId>& devices);

}  // namespace wayside::pipeline
