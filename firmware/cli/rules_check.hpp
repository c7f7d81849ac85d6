// `wayside rules check`: every problem of rule files, and what each rule costs. Works on files, without a daemon.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace wayside::cli {

struct RulesCheckCommand {
  std::vector<std::string> files;
  std::string config;                 // against the devices of this gateway.yaml; empty: of profiles
  std::vector<std::string> profiles;  // names or files; empty: those beside the pack
  std::vector<std::string> folders;   // where profiles are looked for by name
};

int rules_check(const Common& common, const RulesCheckCommand& command);

}  // namespace wayside::cli
