// What a technician asks of points, of time and of the program itself: points, read, time, version, why, checkup.
// Nothing here changes anything. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_inquiry(const control::v1::Request& request);

// Requires: is_inquiry(request); the gateway outlives the pending answer.
void handle_inquiry(Gateway& gateway, const control::v1::Request& request, control::Answer answer);

}  // namespace wayside::daemon
