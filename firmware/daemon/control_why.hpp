// `wayside why`: what each stage on the way says of a point's newest sample, and what an alarm stands on. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

// Requires: the gateway outlives the pending answer.
void answer_why(Gateway& gateway, const control::v1::WhyRequest& request, control::Answer answer);

}  // namespace wayside::daemon
