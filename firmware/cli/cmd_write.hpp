// Commands of a technician: write, hold, release, holds. They have options of their own, so they add themselves.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

// Exit status of `write`: 0 done; 3 refused; 4 not fulfilled; 5 expired; 6 failed; 7 interrupted; 8 not confirmed;
// 130 interrupted (Ctrl-C).
void add_write_commands(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
