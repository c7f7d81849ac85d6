// The `commands` of a device: what may be commanded, how often, under which conditions. Private to config; the
// reader's thread; nothing throws.
#pragma once

#include <span>

#include "config/gateway_config.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

// `points`: all of the device. `strict`: a name that is none of them is refused (a family with a frame protocol knows
// more points than its profile).
[[nodiscard]] CommandsConfig read_commands(const Value& value, std::span<const device::PointSpec> points, bool strict);

}  // namespace wayside::config
