// What the birth says of the gateway beyond its configuration's own words. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "wire/envelope.hpp"

namespace wayside::daemon {

// "kind/what" of everything that a platform may want to know before it counts on it. A part that gives the gateway
// something new adds its line here.
[[nodiscard]] std::vector<std::string> capabilities(const config::GatewayConfig& config);

// The rule files in use, in the order of their names.
[[nodiscard]] std::vector<wire::RulePack> rule_packs(const config::GatewayConfig& config);

}  // namespace wayside::daemon
