// `wayside rules test`: the tests of rule writers (docs/rules-test.md). Works on files, without a daemon.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace wayside::cli {

int rules_test(const Common& common, const std::vector<std::string>& files);

}  // namespace wayside::cli
