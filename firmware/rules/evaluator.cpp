#include "rules/evaluator.hpp"

#include "rules/engine.hpp"
#include "rules/rule_set.hpp"

namespace wayside::rules {

Evaluator::Compiled Evaluator::compile(std::span<const model::RuleSpec> rules, model::PointTable& points, Site site) {
  Compiled out;
  out.evaluator = RuleSet(points, std::move(site), out.problems).compile(rules);
  return out;
}

}  // namespace wayside::rules
