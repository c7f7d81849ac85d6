// The rules of one file. Private to config; the reader's thread; nothing throws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/yaml_reader.hpp"
#include "model/rule_spec.hpp"

namespace wayside::config {

// Of a list of rule files: "lamps.yaml", or {file: lamps.yaml, parameters: {fault_share: 0.5}}.
struct RuleFile {
  std::string path;
  std::optional<Value> parameters;  // that are set otherwise than in the file
};
[[nodiscard]] std::optional<RuleFile> read_rule_file_name(const Value& value);

// As read_rules() of load.hpp, out of `files`. A parameter that no group of the file has is a problem at `given`.
void read_rules(const std::string& file, std::vector<model::RuleSpec>& rules, Problems& problems,
                const std::optional<Value>& given, const Files& files);

}  // namespace wayside::config
