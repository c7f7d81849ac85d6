// Paho sets no TCP_NODELAY and gives its socket to no one: a small message then waits for the acknowledgement of the
// one before it (Nagle's algorithm against delayed acknowledgement, tens of milliseconds over TLS).
#pragma once

#include <cstdint>

namespace wayside::uplink {

// Sets it on every TCP socket of this process whose far end is `port`. On one that is not ours to Paho it does no harm.
void send_without_delay(std::uint16_t port);

}  // namespace wayside::uplink
