// `wayside config`: check, diff, apply, confirm, rollback, history, show (docs/config-life.md).
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

// Exit status: 0 good, or what was asked was done; 1 it has problems, or was refused; of `diff` 0 nothing differs,
// 3 something does.
void add_config(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
