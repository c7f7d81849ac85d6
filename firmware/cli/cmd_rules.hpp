// The subcommands about rules that need no daemon: rules functions, rules check, rules test, replay.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_rules(CLI::App& app, const Common& common, std::function<int()>& chosen);
void add_replay(CLI::App& app, std::function<int()>& chosen);

}  // namespace wayside::cli
