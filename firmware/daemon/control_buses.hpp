// Buses asked over the control socket: what each says of itself, and its newest frames. Home: core; the buses are asked
// on their own Schedulers.
#pragma once

#include <vector>

#include "bus/pcap.hpp"
#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

// What core knows of a bus: all but its counters. `index`: in the configuration.
void fill_bus(const Gateway& gateway, std::size_t index, control::v1::Bus& out);

// Asks the bus itself. Told on core: its figures and its newest frames, oldest first, without what is sensitive.
// Requires: the gateway outlives the answer.
using BusTold = base::UniqueFunction<void(control::v1::Bus, std::vector<ports::CapturedFrame>, bus::CaptureKind)>;
void ask_bus(Gateway& gateway, std::size_t bus, BusTold told);

[[nodiscard]] bool is_about_buses(const control::v1::Request& request);

// Requires: is_about_buses(request); the gateway outlives the pending answer.
void handle_buses(Gateway& gateway, const control::v1::Request& request, control::Answer answer);

}  // namespace wayside::daemon
