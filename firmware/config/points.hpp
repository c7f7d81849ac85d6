// The points of a profile: what the registers mean. Private to config; the reader's thread; nothing throws.
#pragma once

#include <optional>
#include <vector>

#include "config/registers.hpp"
#include "config/yaml_reader.hpp"
#include "device/profile.hpp"

namespace wayside::config {

// How often anything may be read.
inline constexpr std::chrono::milliseconds kShortestPeriod{20};
inline constexpr std::chrono::hours kLongestPeriod{24};

// A list of points, with names that differ. What is wrong becomes a problem, and that point is left out.
[[nodiscard]] std::vector<device::PointSpec> read_points(const Value& list, const PointRules& rules);

// An entry of `groups`: a thing that stands several times, with its points.
[[nodiscard]] std::optional<device::PointGroup> read_group(const Value& value, const PointRules& rules);

}  // namespace wayside::config
