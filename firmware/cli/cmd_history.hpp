// `wayside history`.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_history(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
