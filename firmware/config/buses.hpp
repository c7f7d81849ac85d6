// The `buses` of gateway.yaml. Private to config; the reader's thread; nothing throws.
#pragma once

#include <vector>

#include "config/gateway_config.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

// Buses with ids, serial ports and TCP endpoints that differ. What is wrong becomes a problem; a bus whose id could
// be read is in the list all the same, so that the devices on it can be checked.
[[nodiscard]] std::vector<BusConfig> read_buses(const Value& list);

[[nodiscard]] inline bool is_serial(const BusConfig& bus) {
  return std::holds_alternative<SerialSettings>(bus.transport);
}

}  // namespace wayside::config
