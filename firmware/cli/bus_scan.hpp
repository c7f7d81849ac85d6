// `wayside bus scan`: which units answer on a line, at which speed, and what they probably are. Reads only.
#pragma once

#include <functional>
#include <memory>

#include "cli/bus_target.hpp"

namespace wayside::cli {

// Adds it to `bus`.
void add_bus_scan(CLI::App& bus, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
