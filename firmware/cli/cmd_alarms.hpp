// `wayside alarms [list|ack|reset|shelve|unshelve|out-of-service|in-service|history|kpi]`.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

void add_alarm_commands(CLI::App& app, const Common& common, std::function<int()>& chosen);

}  // namespace wayside::cli
