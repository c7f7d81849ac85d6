// Where a rule applies: each scope (a device, or one instance of it such as a lane) in which every metric it names
// is found. Each such binding becomes one instance of the rule, with an alarm of its own.
// Used while rules are compiled. Pure function over the scopes.
#pragma once

#include <string>
#include <vector>

#include "rules/evaluator.hpp"
#include "rules/rule.hpp"
#include "rules/scopes.hpp"

namespace wayside::rules {

struct Binding {
  model::DeviceId device;
  std::string instance;                    // "lane-2"; empty: the device itself
  model::PointHandle home{};               // whose place and, of an instance, whose labels the alarm has
  std::vector<model::PointHandle> points;  // one per slot of the rule
};

// Empty when something is wrong; then `problems` has grown.
[[nodiscard]] std::vector<Binding> bind_rule(const Rule& rule, const Scopes& scopes, std::vector<Problem>& problems);

}  // namespace wayside::rules
