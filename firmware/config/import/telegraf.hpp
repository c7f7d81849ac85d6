// Telegraf's [[inputs.modbus]] (TOML), all three styles: register, request, metric.
// Source of the facts: influxdata/telegraf plugins/inputs/modbus (configuration_register.go, configuration_request.go,
// configuration_metric.go, type_conversions*.go): addresses count from 0; FIXED and UFIXED are whole numbers with a
// scale, FLOAT32 is UFIXED in the register style and IEEE 754 in the others; byte orders as ours, AB and BA for one
// register.
#pragma once

#include <string_view>

#include "config/import/import.hpp"

namespace wayside::config {

[[nodiscard]] Imported import_telegraf(std::string_view text, const ImportOptions& options);

}  // namespace wayside::config
