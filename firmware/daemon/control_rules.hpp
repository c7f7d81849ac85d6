// The rules at work for `wayside rules list`. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

void answer_rules(const Gateway& gateway, const control::v1::RulesRequest& request, control::Answer answer);

}  // namespace wayside::daemon
