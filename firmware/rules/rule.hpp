// A rule after its texts were understood and before it meets any point: formulas, annotation, version. One per
// RuleSpec, shared by its instances. Immutable once compiled; owned by the engine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/rule_spec.hpp"
#include "rules/alarm_life.hpp"
#include "rules/evaluator.hpp"
#include "rules/formula.hpp"
#include "rules/template.hpp"

namespace wayside::rules {

struct Rule {
  model::RuleSpec spec;
  Parts parts;
  Program condition;  // of a recording rule its value
  std::optional<Program> clear;
  std::optional<Program> shown;  // what {{ $value }} says
  std::vector<Program> filled;   // what the expressions of the summary say
  NodePtr tree;                  // of expr and clear, while rules are compiled
  NodePtr clear_tree;
  std::vector<std::uint32_t> good;  // references that must be good
  Template summary;
  LifeTiming timing;
  std::string version;

  [[nodiscard]] bool records() const { return spec.recorded.has_value(); }
};

// None when something is wrong; then `problems` has grown.
[[nodiscard]] std::optional<Rule> compile_rule(const model::RuleSpec& spec, std::vector<Problem>& problems);

// A problem at a byte of an expression: the column is moved there when the text stands on one line.
[[nodiscard]] Problem problem_in(const model::ExpressionText& text, std::size_t offset, std::string what);
[[nodiscard]] Problem problem_at(const model::RuleSpec& spec, bool in_clear, std::size_t offset, std::string what);

// 16 hex digits. The first 8 say what decides whether an alarm goes on after a config change (expr, clear, for,
// match); the other 8 what does not (keep_firing_for, severity,
// acknowledge, latch, ...). Both are FNV-1a folded to 32 bits.
[[nodiscard]] std::string rule_version(const model::RuleSpec& spec);
[[nodiscard]] bool goes_on(std::string_view old_version, std::string_view new_version);

}  // namespace wayside::rules
