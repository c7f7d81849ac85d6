// The ceiling of tcp-poll: a plain loop over libmodbus, a thread for each connection.
#pragma once

#include <cstdint>

namespace wayside::bench {

struct Throughput {
  double transactions_per_second = 0;
  double cpu_us_per_transaction = 0;
};

[[nodiscard]] Throughput plain_modbus(std::uint16_t port, int connections, int registers, double seconds);

}  // namespace wayside::bench
