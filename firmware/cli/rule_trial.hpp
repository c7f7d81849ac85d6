// One test of rules: its series through the evaluator of the daemon, on a clock that goes as fast as it can. What it
// looks like in a file: docs/rules-test.md. Deterministic; no daemon.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "config/rule_tests.hpp"
#include "pipeline/site_clock.hpp"

namespace wayside::cli {

struct TrialFailure {
  model::SourcePlace place;
  std::chrono::microseconds at{};
  std::string what;  // "supply/SupplyVoltageLow feeder-1", "line-1.lamps_lit"
  std::string expected;
  std::string got;
};

struct TrialResult {
  std::vector<config::Problem> problems;  // it could not be run
  std::vector<TrialFailure> failures;
};

[[nodiscard]] TrialResult try_rules(const config::RuleTestFile& file, const config::RuleTest& test,
                                    const pipeline::SiteClock& clock);

}  // namespace wayside::cli
