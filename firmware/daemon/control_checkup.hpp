// What only the daemon knows for `wayside check`. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

void fill_checkup(const Gateway& gateway, control::v1::CheckupResponse& out);

}  // namespace wayside::daemon
