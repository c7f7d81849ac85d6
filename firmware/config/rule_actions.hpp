// The `actions` of a rule: what the gateway may do by itself about an alarm. Private to config.
#pragma once

#include <vector>

#include "config/yaml_reader.hpp"
#include "model/rule_spec.hpp"

namespace wayside::config {

[[nodiscard]] std::vector<model::RepairSpec> read_actions(const Value& list);

}  // namespace wayside::config
