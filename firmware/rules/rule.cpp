#include "rules/rule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "rules/language/parser.hpp"
#include "rules/language/types.hpp"

namespace wayside::rules {
namespace {

constexpr std::size_t kHalf = 8;  // digits of a version

// The tree of a text, well typed; null when something is wrong.
NodePtr understand(const model::RuleSpec& spec, const model::ExpressionText& text, bool is_condition,
                   std::vector<Problem>& problems) {
  const auto fail = [&text, &problems](SyntaxError error) {
    problems.push_back(problem_in(text, error.offset, std::move(error.what)));
    return nullptr;
  };
  Parsed parsed = parse(text.text, spec.parameters);
  if (parsed.error) return fail(std::move(*parsed.error));
  auto error = is_condition ? check_condition(*parsed.root) : check_types(*parsed.root);
  if (error) return fail(std::move(*error));
  return std::move(parsed.root);
}

// Where it stands in an annotation is told by the annotation's name; what is found later stands at the rule's
// beginning.
void move_to_start(Node& node) {
  node.offset = 0;
  if (node.left) move_to_start(*node.left);
  if (node.right) move_to_start(*node.right);
  for (const auto& argument : node.arguments) move_to_start(*argument);
}

// The trees of an annotation's expressions.
std::vector<NodePtr> understand_places(const model::RuleSpec& spec, const std::string& name, const Template& text,
                                       std::vector<Problem>& problems) {
  std::vector<NodePtr> out;
  for (const auto& expression : text.expressions()) {
    Parsed parsed = parse(expression, spec.parameters);
    auto error = std::move(parsed.error);
    if (!error) error = check_types(*parsed.root);
    if (error) {
      const std::string hint = expression.starts_with('$') ? "; there are $value and $labels.NAME" : "";
      problems.push_back({spec.place, fmt::format("annotation {} of rule {}: '{{{{ {} }}}}': {}{}", name, spec.id(),
                                                  expression, error->what, hint)});
      continue;
    }
    move_to_start(*parsed.root);
    out.push_back(std::move(parsed.root));
  }
  return out;
}

// The formulas of a rule whose trees are there.
bool compile_formulas(Rule& rule, const std::vector<NodePtr>& places, std::vector<Problem>& problems) {
  FormulaCompiler compiler;
  const Node* const shown = shown_value(*rule.tree);
  auto error = compiler.add(*rule.tree, false);
  bool in_clear = false;
  if (!error && shown != nullptr) error = compiler.add(*shown, false);
  if (!error && rule.clear_tree) {
    error = compiler.add(*rule.clear_tree, true);
    in_clear = error.has_value();
  }
  for (const auto& place : places) {
    if (!error) error = compiler.add(*place, false);
  }
  if (error) {
    problems.push_back(problem_at(rule.spec, in_clear, error->offset, std::move(error->what)));
    return false;
  }
  for (const auto& metric : rule.spec.needs_good) rule.good.push_back(compiler.require(metric));
  auto finished = compiler.finish();
  rule.parts = std::move(finished.parts);
  std::size_t next = 0;
  rule.condition = std::move(finished.programs[next++]);
  if (shown != nullptr) rule.shown = std::move(finished.programs[next++]);
  if (rule.clear_tree) rule.clear = std::move(finished.programs[next++]);
  while (next < finished.programs.size()) rule.filled.push_back(std::move(finished.programs[next++]));
  return true;
}

// Children of a feeder are read again within it after the feeder is back.
constexpr std::chrono::minutes kRelease{1};

LifeTiming timing_of(const model::RuleSpec& spec) {
  return {.hold_for = spec.hold_for,
          .keep_firing_for = spec.keep_firing_for,
          .acknowledge = spec.acknowledge,
          .latch = spec.latch,
          .realarm_after = spec.realarm_after,
          .escalate_after = spec.escalate_after,
          .stale_after = spec.stale_after,
          .release_after = kRelease};
}

// Problems when an annotation is not well formed. The summary is kept, and gives the trees of its expressions.
std::vector<NodePtr> compile_annotations(const model::RuleSpec& spec, Rule& rule, std::vector<Problem>& problems) {
  std::vector<NodePtr> out;
  for (const auto& [name, text] : spec.annotations) {
    auto compiled = Template::compile(text);
    if (!compiled.error.empty()) {
      problems.push_back({spec.place, fmt::format("annotation {} of rule {}: {}", name, spec.id(), compiled.error)});
      continue;
    }
    auto places = understand_places(spec, name, compiled.text, problems);
    if (name != "summary") continue;
    rule.summary = std::move(compiled.text);
    out = std::move(places);
  }
  return out;
}

std::string folded(base::ByteView bytes) {
  const std::uint64_t hash = base::fnv1a(bytes);
  return base::to_hex((hash >> 32U) ^ (hash & 0xFFFFFFFFU)).substr(kHalf);
}

void put(base::ByteWriter& out, const model::RepairSpec& action) {
  out.u8(static_cast<std::uint8_t>(action.kind));
  out.u8(action.on_clear ? 1 : 0);
  for (const auto* text : {&action.device, &action.point, &action.value, &action.off, &action.afterwards}) {
    out.text(*text);
  }
  for (const auto& [label, value] : action.match) {
    out.text(label);
    out.text(value);
  }
  for (const auto& step : action.plan) {
    out.u8(static_cast<std::uint8_t>(step.from));
    out.i64(step.minutes);
    out.text(step.value);
  }
  for (const auto span : {action.off_for, action.within, action.again_after}) out.i64(span.count());
  out.u32(action.tries);
}

}  // namespace

std::optional<Rule> compile_rule(const model::RuleSpec& spec, std::vector<Problem>& problems) {
  Rule rule;
  rule.spec = spec;
  rule.timing = timing_of(spec);
  rule.version = rule_version(spec);
  const auto before = problems.size();
  const auto places = compile_annotations(spec, rule, problems);
  rule.tree = understand(spec, spec.expr, !rule.records(), problems);
  if (spec.clear) rule.clear_tree = understand(spec, *spec.clear, true, problems);
  if (problems.size() != before || !compile_formulas(rule, places, problems)) return std::nullopt;
  if (rule.parts.references.empty() && rule.parts.aggregates.empty()) {
    problems.push_back(problem_in(spec.expr, 0, "this uses no point, it would never change"));
    return std::nullopt;
  }
  return rule;
}

Problem problem_in(const model::ExpressionText& text, std::size_t offset, std::string what) {
  Problem problem{model::place_in(text, offset), std::move(what)};
  if (!text.pieces.empty() || text.text.find('\n') == std::string::npos) return problem;
  problem.place = text.place;
  const std::string before = text.text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto begin = before.rfind('\n');
  const auto column = before.size() - (begin == std::string::npos ? 0 : begin + 1) + 1;
  problem.what += fmt::format(" (line {}, column {} of the expression)", line, column);
  return problem;
}

Problem problem_at(const model::RuleSpec& spec, bool in_clear, std::size_t offset, std::string what) {
  return problem_in(in_clear && spec.clear ? *spec.clear : spec.expr, offset, std::move(what));
}

std::string rule_version(const model::RuleSpec& spec) {
  base::ByteWriter decides;
  decides.text(spec.expr.text);
  decides.u8(spec.clear ? 1 : 0);
  decides.text(spec.clear ? spec.clear->text : "");
  decides.i64(spec.hold_for.count());
  for (const auto& metric : spec.needs_good) decides.text(metric);
  for (const auto& [name, value] : spec.parameters) {
    const auto used = [mark = "$" + name](const std::string& text) { return text.find(mark) != std::string::npos; };
    if (!used(spec.expr.text) && !(spec.clear && used(spec.clear->text))) continue;
    decides.text(name);
    decides.text(value);
  }
  for (const auto& [label, value] : spec.match) {
    decides.text(label);
    decides.text(value);
  }
  base::ByteWriter other;
  other.i64(spec.keep_firing_for.count());
  other.u8(static_cast<std::uint8_t>(spec.severity));
  other.u8(static_cast<std::uint8_t>((spec.acknowledge ? 1U : 0U) | (spec.latch ? 2U : 0U)));
  for (const auto span : {spec.realarm_after, spec.escalate_after, spec.stale_after}) other.i64(span.count());
  other.text(spec.escalate_to);
  for (const auto& action : spec.actions) put(other, action);
  return folded(decides.take()) + folded(other.take());
}

bool goes_on(std::string_view old_version, std::string_view new_version) {
  return old_version.substr(0, kHalf) == new_version.substr(0, kHalf);
}

}  // namespace wayside::rules
