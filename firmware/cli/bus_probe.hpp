// `wayside bus probe`: where in a device's registers the number stands that its display shows. Reads only.
#pragma once

#include <functional>
#include <memory>

#include "cli/bus_target.hpp"

namespace wayside::cli {

// Adds it to `bus`.
void add_bus_probe(CLI::App& bus, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
