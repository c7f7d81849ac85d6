// The section `uplink` of gateway.yaml: brokers, TLS, who the gateway is to them.
// Private to config; the reader's thread; nothing throws. What is wrong becomes a problem.
#pragma once

#include "config/gateway_config.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

// `client_id` is left empty when the file does not say.
[[nodiscard]] UplinkConfig read_uplink(const Value& value);

}  // namespace wayside::config
