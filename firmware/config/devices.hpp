// The `devices` of gateway.yaml, each checked against its bus and its profile, and the area and department that a
// device shares with the gateway. Private to config; the reader's thread; nothing throws.
#pragma once

#include <vector>

#include "config/gateway_config.hpp"
#include "config/profile_index.hpp"

namespace wayside::config {

// {city, district, street, grid}.
[[nodiscard]] model::Area read_area(const Value& value);

// What is wrong becomes a problem. `owner`: who answers for a device that does not say.
[[nodiscard]] std::vector<DeviceConfig> read_devices(const Value& list, const std::vector<BusConfig>& buses,
                                                     const model::Responsibility& owner, ProfileIndex& profiles,
                                                     Families families);

// Of one device the keys profile, options and commands, and labels (after the profile). The keys bus and unit are not
// looked at: also for devices that only exist in a test.
void read_profile_and_options(MapReader& map, ProfileIndex& profiles, Families families, DeviceConfig& device);
void read_labels(const Value& value, DeviceConfig& device);

}  // namespace wayside::config
