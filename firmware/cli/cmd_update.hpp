// `wayside update`: another version of the whole system, on a board that was made from an image of wayside.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace wayside::cli {

void add_update(CLI::App& app, std::function<int()>& chosen);

}  // namespace wayside::cli
