// What profiles and rules say of their points for the data dictionary alone: releases, names in public models, what is
// not sent any more. Private to config; the reader's thread; nothing throws.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "config/yaml_reader.hpp"
#include "device/profile.hpp"

namespace wayside::config {

inline constexpr std::array kDataClasses{
    Choice<model::DataClass>{"public", model::DataClass::open},
    Choice<model::DataClass>{"internal", model::DataClass::internal},
    Choice<model::DataClass>{"sensitive", model::DataClass::sensitive},
};

// "2.3.0", of a release or of a firmware; without a digit it is a problem.
[[nodiscard]] std::string read_version(const Value& value);

// `maps_to` and `maps_to_unverified`: public model -> name there. A model in both is a problem.
void read_mappings(MapReader& map, std::map<std::string, std::string>& maps_to,
                   std::map<std::string, std::string>& unverified);

// `since` and `changed`, which must not lie before it.
void read_releases(MapReader& map, std::string& since, std::string& changed);

// The list `retired` of a profile. `since`: the profile's own, for entries that do not say it.
[[nodiscard]] std::vector<device::RetiredPoint> read_retired(const Value& list, const std::string& since);

}  // namespace wayside::config
