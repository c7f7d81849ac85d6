// `wayside bus list` and `wayside bus capture BUS [--out FILE]`; scan and probe have their own files.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_bus_commands(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
