// `wayside rules list`: the rules at work, as the daemon knows them.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace wayside::cli {

struct RulesListCommand {
  std::string group;
  bool unknown = false;
};

int rules_list(const Common& common, const RulesListCommand& command);

}  // namespace wayside::cli
