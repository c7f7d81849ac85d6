#include "rules/evaluator.hpp"

#include <fmt/format.h>

#include <set>

#include "rules/binder.hpp"
#include "rules/engine.hpp"
#include "rules/rule.hpp"
#include "rules/scopes.hpp"

namespace wayside::rules {

Evaluator::Compiled Evaluator::compile(std::span<const model::RuleSpec> rules, const model::PointTable& points) {
  Compiled out;
  const Scopes scopes(points);
  std::vector<BoundRule> bound;
  std::set<std::string> ids;
  for (const auto& spec : rules) {
    if (!ids.insert(spec.id()).second) {
      out.problems.push_back({spec.place, fmt::format("rule {} is given twice", spec.id())});
    }
    auto rule = compile_rule(spec, out.problems);
    if (!rule) continue;
    auto bindings = bind_rule(*rule, scopes, out.problems);
    bound.push_back({std::move(*rule), std::move(bindings)});
  }
  if (out.problems.empty()) out.evaluator = std::make_unique<Engine>(std::move(bound), points);
  return out;
}

}  // namespace wayside::rules
