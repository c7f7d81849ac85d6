// Requests of the control socket about the audit trail.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_about_audit(const control::v1::Request& request);
void handle_audit(const Gateway& gateway, const control::v1::Request& request, control::Answer answer);

}  // namespace wayside::daemon
