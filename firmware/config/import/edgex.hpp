// EdgeX Foundry device profiles of device-modbus (YAML; 1.x with properties.value, 2.x and later flat).
// Source of the facts: edgexfoundry/device-modbus-go 4.0 (internal/driver/deviceclient.go, swap.go, constant.go; commit
// 1219b9d of 2021-05-10 made startingAddress count from 0 for release 2.0, before it counted from 1) and
// edgexfoundry/device-sdk-go (internal/transformer/transformresult.go: mask, shift, base, scale, offset, in that
// order).
#pragma once

#include <string_view>

#include "config/import/import.hpp"

namespace wayside::config {

[[nodiscard]] Imported import_edgex(std::string_view text, const ImportOptions& options);

}  // namespace wayside::config
