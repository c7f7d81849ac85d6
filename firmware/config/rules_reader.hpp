// The rules of one file. Private to config; the reader's thread; nothing throws.
#pragma once

#include <string>
#include <vector>

#include "config/yaml_reader.hpp"
#include "model/rule_spec.hpp"

namespace wayside::config {

// Appends the file's rules. A rule whose id (group/name) is among `rules` already is a problem.
void read_rules(const std::string& file, std::vector<model::RuleSpec>& rules, Problems& problems);

}  // namespace wayside::config
