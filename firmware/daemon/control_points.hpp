// Points and reads asked over the control socket. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

void answer_points(const Gateway& gateway, const control::v1::PointsRequest& request, control::Answer answer);

// Reads over the bus; where that cannot be done, the newest samples and why. The gateway must outlive the answer.
void answer_read(const Gateway& gateway, const control::v1::ReadRequest& request, control::Answer answer);

}  // namespace wayside::daemon
