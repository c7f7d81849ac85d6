// The alarms that a gateway brings with it, about its own link: group "gateway". Pure; any thread.
#pragma once

#include <vector>

#include "config/gateway_config.hpp"

namespace wayside::site {

// None without an uplink. A rule of the site with the same group and name stands for ours.
[[nodiscard]] std::vector<model::RuleSpec> gateway_rules(const config::GatewayConfig& config);

}  // namespace wayside::site
