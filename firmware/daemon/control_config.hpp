// Requests about the life of the configuration. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/config_life.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

[[nodiscard]] bool is_about_config(const control::v1::Request& request);

// Requires: is_about_config(request).
void handle_config(ConfigLife& life, const base::Scheduler& core, const control::v1::Request& request,
                   const control::Peer& peer, control::Answer answer);

// A configuration that the platform sends.
void take_config(ConfigLife& life, model::ConfigOrder order, const model::Asker& by,
                 pipeline::Downlink::TakeAnswer answer);

[[nodiscard]] ConfigVitals vitals_of(const Gateway& gateway);

}  // namespace wayside::daemon
