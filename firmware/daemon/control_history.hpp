// History asked over the control socket. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

// Sensitive points only for a role that may more than look. The gateway must outlive this call, not the answer.
void answer_history(Gateway& gateway, const control::v1::HistoryRequest& request, control::Role role,
                    control::Answer answer);

}  // namespace wayside::daemon
