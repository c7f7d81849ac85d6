// One point of a SunSpec model, at its address. Private to config/import.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/import/yaml_view.hpp"

namespace wayside::config {

// Where scale factors stand: its address by the name of the sunssf point. Those of inner groups hide outer ones.
using ScaleFactorPlaces = std::map<std::string, int>;

// Registers of a point; none: the model does not say it properly.
[[nodiscard]] std::optional<int> sunspec_size(const YamlView& point);

// The points it gives: one; with ImportOptions::bits also one for each bit with a name; none for pad, sunssf and what
// cannot be carried over (a finding).
[[nodiscard]] std::vector<device::PointSpec> sunspec_points(const YamlView& point, int address,
                                                            const ScaleFactorPlaces& factors, Collector& out);

}  // namespace wayside::config
