// The sections `rules` and `alarms` of gateway.yaml: which rule files, what they may take, when alarms are too many.
// Private to config; the reader's thread; nothing throws. What is wrong becomes a problem.
#pragma once

#include "config/gateway_config.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

// A list of files, or {files, memory}. Appends the rules of the files to the config.
void read_rules_section(const Value& value, GatewayConfig& config, Problems& problems);

[[nodiscard]] AlarmLoadConfig read_alarms(const Value& value);

}  // namespace wayside::config
