// What a test of rules expects at an instant, against what the engine says. Used by rule_trial.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/rule_trial.hpp"
#include "rules/evaluator.hpp"

namespace wayside::cli {

// The last transition of each alarm, by its identity.
using LastTransitions = std::map<std::string, model::AlarmTransition>;

void check_alerts(const config::AlertExpectation& expected, const rules::Evaluator& rules, const LastTransitions& last,
                  std::vector<TrialFailure>& out);

void check_point(const config::PointExpectation& expected, const model::PointTable& points,
                 std::vector<TrialFailure>& out);

}  // namespace wayside::cli
