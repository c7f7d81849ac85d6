// One deviceResource of an EdgeX profile -> one point. Private to config/import.
#pragma once

#include <map>
#include <string>

#include "config/import/yaml_view.hpp"

namespace wayside::config {

// Resource -> (raw value as written -> its name).
using EdgexMappings = std::map<std::string, std::map<std::string, std::string>>;

void import_edgex_resource(const YamlView& resource, int address_base, const EdgexMappings& mappings, Collector& out);

}  // namespace wayside::config
