#include "rules/evaluator.hpp"

#include "rules/engine.hpp"
#include "rules/rule_set.hpp"

namespace wayside::rules {

Evaluator::Compiled Evaluator::compile(std::span<const model::RuleSpec> rules, model::PointTable& points, Site site) {
  Compiled out;
  RuleSet set(points, std::move(site), out.problems);
  out.evaluator = set.compile(rules);
  if (out.evaluator != nullptr) out.costs = set.take_costs(rules);
  return out;
}

}  // namespace wayside::rules
