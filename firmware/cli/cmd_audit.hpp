// `wayside audit [show|export|verify]`.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_audit_commands(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
