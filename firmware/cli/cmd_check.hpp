// `wayside check`: the doctor.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_check(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
