// Commands and holds asked over the control socket. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_command(const control::v1::Request& request);

// Requires: is_command(request); the gateway outlives the pending answer.
void handle_command(Gateway& gateway, const control::v1::Request& request, const control::Peer& peer,
                    control::Answer answer);

}  // namespace wayside::daemon
