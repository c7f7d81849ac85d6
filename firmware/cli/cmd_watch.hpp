// `wayside watch POINT...`: a live chart in the terminal.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_watch(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
