// Alarms asked over the control socket: what stands, what people do to them, what has been, and the figures.
// Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_about_alarms(const control::v1::Request& request);

// Requires: is_about_alarms(request); the gateway outlives the pending answer.
void handle_alarms(Gateway& gateway, const control::v1::Request& request, const control::Peer& peer,
                   control::Answer answer);

// What status says of them.
void fill_alarm_status(const Gateway& gateway, control::v1::StatusResponse& out);

}  // namespace wayside::daemon
