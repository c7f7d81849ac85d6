// What the shell asks while a line is typed (`wayside complete`), and the table of all commands from which the man page
// is made: both from the commands themselves, so that they cannot drift.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

// What may stand for the last of `words`, a name a line, the program's own name left out. Names of devices, points,
// alarms and buses come from the daemon; where none answers within a second there are none, and nothing is said.
[[nodiscard]] std::vector<std::string> complete(const CLI::App& app, const Common& common,
                                                const std::vector<std::string>& words);

// Every command with its arguments and options, as JSON.
[[nodiscard]] std::string command_table(const CLI::App& app);

}  // namespace wayside::cli
