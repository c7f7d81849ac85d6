// The daemon: gives the gateway its threads, files and sockets, and runs until a signal.
// Threads: core (this one), store, store-read, bus:<name> each, and Paho's own.
#pragma once

#include "daemon/options.hpp"

namespace wayside::daemon {

// The exit status: 0 after an orderly stop, 78 (EX_CONFIG) for a wrong configuration, 74 (EX_IOERR) when the store or
// the control socket cannot be had.
[[nodiscard]] int run(const Options& options);

}  // namespace wayside::daemon
