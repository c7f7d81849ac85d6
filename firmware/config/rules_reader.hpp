// The rules of one file. Private to config; the reader's thread; nothing throws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/yaml_reader.hpp"
#include "model/rule_spec.hpp"

namespace wayside::config {

// Appends the file's rules. A rule whose id (group/name) is among `rules` already is a problem.
// `given`: parameters that the site sets otherwise; a name that no group of the file has is a problem there.
void read_rules(const std::string& file, std::vector<model::RuleSpec>& rules, Problems& problems,
                const std::optional<Value>& given = std::nullopt);

}  // namespace wayside::config
