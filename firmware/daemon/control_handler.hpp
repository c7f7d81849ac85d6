// Answers to the CLI, from the gateway's state. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

// `index`: in the configuration.
void fill_device(const Gateway& gateway, std::size_t index, control::v1::Device& out);

// Requires: the gateway outlives the pending answer.
void handle_request(const Gateway& gateway, const control::v1::Request& request, control::Answer answer);

}  // namespace wayside::daemon
