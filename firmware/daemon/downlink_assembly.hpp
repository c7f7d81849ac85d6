// What the platform may ask, from the configuration, and the keys that its orders are checked with.
#pragma once

#include "base/result.hpp"
#include "config/gateway_config.hpp"
#include "pipeline/downlink.hpp"

namespace wayside::daemon {

[[nodiscard]] pipeline::DownlinkRules downlink_rules(const config::DownlinkConfig& config);

// Reads the key files, once. A key that cannot be read verifies nothing, and says why.
[[nodiscard]] pipeline::Downlink::Verify make_verifier(const config::DownlinkConfig& config);

// Errors: config (the first key file that cannot be used: which, and what is wrong with it).
[[nodiscard]] base::Result<void> check_keys(const config::DownlinkConfig& config);

}  // namespace wayside::daemon
