// Buses asked over the control socket: what each says of itself, and its newest frames. Home: core; the buses are asked
// on their own Schedulers.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_about_buses(const control::v1::Request& request);

// Requires: is_about_buses(request); the gateway outlives the pending answer.
void handle_buses(Gateway& gateway, const control::v1::Request& request, control::Answer answer);

}  // namespace wayside::daemon
