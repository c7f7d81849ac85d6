// The section uplink.downlink: what the platform may ask. Private to config; the reader's thread; nothing throws.
#pragma once

#include "config/gateway_config.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

[[nodiscard]] DownlinkConfig read_downlink(const Value& value);

}  // namespace wayside::config
