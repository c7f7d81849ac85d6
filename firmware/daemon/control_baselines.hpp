// Baselines asked over the control socket: exported as parameters, and a prior imported. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_about_baselines(const control::v1::Request& request);

// Requires: is_about_baselines(request); the gateway outlives the pending answer.
void handle_baselines(Gateway& gateway, const control::v1::Request& request, const control::Peer& peer,
                      control::Answer answer);

}  // namespace wayside::daemon
