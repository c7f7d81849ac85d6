#include "rules/language/types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wayside::rules {
namespace {

constexpr double kLongestWindow = 31.0 * 86400;

std::string_view symbol(NodeKind kind) {
  switch (kind) {
    case NodeKind::number:
    case NodeKind::truth:
    case NodeKind::duration:
    case NodeKind::text:
    case NodeKind::point:
    case NodeKind::call:
    case NodeKind::aggregate: return "value";
    case NodeKind::negate: return "-";
    case NodeKind::logical_not: return "not";
    case NodeKind::add: return "+";
    case NodeKind::subtract: return "-";
    case NodeKind::multiply: return "*";
    case NodeKind::divide: return "/";
    case NodeKind::equal: return "==";
    case NodeKind::not_equal: return "!=";
    case NodeKind::less: return "<";
    case NodeKind::less_equal: return "<=";
    case NodeKind::greater: return ">";
    case NodeKind::greater_equal: return ">=";
    case NodeKind::logical_and: return "and";
    case NodeKind::logical_or: return "or";
  }
  return "?";
}

bool is_logic(NodeKind kind) {
  return kind == NodeKind::logical_not || kind == NodeKind::logical_and || kind == NodeKind::logical_or;
}

bool is_equality(NodeKind kind) { return kind == NodeKind::equal || kind == NodeKind::not_equal; }

// A bare metric where a condition must stand is nearly always a point of truths.
std::string hint(const Node& node) {
  if (node.kind != NodeKind::point) return "";
  return fmt::format(", write {} == 1", to_string(node.point));
}

// A text or a duration where a value must stand.
std::optional<SyntaxError> check_value(const Node& node) {
  if (node.kind == NodeKind::text) {
    return SyntaxError{node.offset, fmt::format("unexpected '{}' in expression, a text stands beside == or != of a "
                                                "metric, or in a selector",
                                                node.text)};
  }
  if (node.kind != NodeKind::duration) return std::nullopt;
  return SyntaxError{node.offset, "a duration stands only in a function over time, such as avg_over(x, 5m)"};
}

bool is_named_value(const Node& parent, const Node& operand) {
  if (!is_equality(parent.kind) || operand.kind != NodeKind::text) return false;
  const Node& other = &operand == parent.left.get() ? *parent.right : *parent.left;
  return other.kind == NodeKind::point;
}

std::optional<SyntaxError> check_operands(const Node& node) {
  for (const Node* operand : {node.left.get(), node.right.get()}) {
    if (operand == nullptr || is_named_value(node, *operand)) continue;
    if (auto error = check_value(*operand)) return error;
  }
  if (is_equality(node.kind) || node.kind == NodeKind::aggregate) return std::nullopt;
  const Type wanted = is_logic(node.kind) ? Type::truth : Type::number;
  for (const Node* operand : {node.left.get(), node.right.get()}) {
    if (operand == nullptr || type_of(*operand) == wanted) continue;
    const bool single = node.right == nullptr;
    const std::string_view needs = wanted == Type::truth ? (single ? "a condition" : "conditions on both sides")
                                                         : (single ? "a number" : "numbers on both sides");
    return SyntaxError{node.offset, fmt::format("{} needs {}{}", symbol(node.kind), needs,
                                                wanted == Type::truth ? hint(*operand) : "")};
  }
  return std::nullopt;
}

std::string_view wanted_text(Parameter parameter) {
  switch (parameter) {
    case Parameter::number: return "a number";
    case Parameter::truth: return "a condition";
    case Parameter::constant: return "a number written out";
    case Parameter::duration: return "a duration such as 5m";
    case Parameter::text: return "a text in double quotes";
  }
  return "?";
}

bool is_constant(const Node& node) {
  return node.kind == NodeKind::number || (node.kind == NodeKind::negate && node.left->kind == NodeKind::number);
}

bool fits(const Node& node, Parameter parameter) {
  const bool value = node.kind != NodeKind::text && node.kind != NodeKind::duration;
  switch (parameter) {
    case Parameter::number: return value && type_of(node) == Type::number;
    case Parameter::truth: return value && type_of(node) == Type::truth;
    case Parameter::constant: return is_constant(node);
    case Parameter::duration: return node.kind == NodeKind::duration;
    case Parameter::text: return node.kind == NodeKind::text;
  }
  return false;
}

std::optional<SyntaxError> check_call(const Node& node) {
  const Function& function = *node.function;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const Node& argument = *node.arguments[i];
    const auto parameter = parameter_at(function, i);
    if (!parameter) return SyntaxError{argument.offset, fmt::format("too many arguments, write {}", function.usage)};
    if (!fits(argument, *parameter)) {
      return SyntaxError{argument.offset,
                         fmt::format("{} wants {} here{}: {}", function.name, wanted_text(*parameter),
                                     *parameter == Parameter::truth ? hint(argument) : "", function.usage)};
    }
    if (*parameter == Parameter::duration && !(argument.number > 0 && argument.number <= kLongestWindow)) {
      return SyntaxError{argument.offset, "a window is longer than nothing and at most 31d"};
    }
  }
  if (node.arguments.size() < least_arguments(function)) {
    return SyntaxError{node.offset, fmt::format("{} wants {} arguments: {}", function.name, least_arguments(function),
                                                function.usage)};
  }
  if (function.kind != FunctionKind::fibre || !node.by.empty()) return std::nullopt;
  return SyntaxError{node.offset, fmt::format("which zones are one fibre? write {}", function.usage)};
}

// An aggregation stands on points and on functions over them; across aggregations goes a recording rule.
std::optional<SyntaxError> check_inside(const Node& node) {
  if (spans_group(node)) {
    return SyntaxError{node.offset, "an aggregation inside an aggregation: make the inner one a recording rule"};
  }
  for (const Node* operand : {node.left.get(), node.right.get()}) {
    if (operand == nullptr) continue;
    if (auto error = check_inside(*operand)) return error;
  }
  for (const auto& argument : node.arguments) {
    if (auto error = check_inside(*argument)) return error;
  }
  return std::nullopt;
}

std::optional<SyntaxError> check(const Node& node) {
  for (const Node* operand : {node.left.get(), node.right.get()}) {
    if (operand == nullptr) continue;
    if (auto error = check(*operand)) return error;
  }
  for (const auto& argument : node.arguments) {
    if (auto error = check(*argument)) return error;
  }
  if (node.kind == NodeKind::call) {
    if (auto error = check_call(node)) return error;
    return spans_group(node) ? check_inside(*node.arguments.front()) : std::nullopt;
  }
  if (node.kind == NodeKind::aggregate) {
    if (auto error = check_inside(*node.left)) return error;
    if (node.aggregation == Aggregation::share && type_of(*node.left) != Type::truth) {
      return SyntaxError{node.offset, "share needs a condition" + hint(*node.left)};
    }
  }
  return node.left ? check_operands(node) : std::nullopt;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Type type_of(const Node& node) {
  if (node.kind == NodeKind::call) return node.function->result;
  const bool truth = node.kind == NodeKind::truth || is_logic(node.kind) || is_comparison(node.kind);
  return truth ? Type::truth : Type::number;
}

std::optional<SyntaxError> check_types(const Node& root) {
  if (auto error = check(root)) return error;
  return check_value(root);
}

std::optional<SyntaxError> check_condition(const Node& root) {
  if (auto error = check_types(root)) return error;
  if (type_of(root) == Type::truth) return std::nullopt;
  const std::string how = root.kind == NodeKind::point ? hint(root) : ", compare it with something";
  return SyntaxError{root.kind == NodeKind::point ? root.offset : 0, "this is a number and not a condition" + how};
}

std::string to_string(const PointReference& point) {
  if (!point.has_selector) return point.metric;
  std::string labels;
  for (const auto& [label, value] : point.labels) {
    labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", label, quoted(value));
  }
  return fmt::format("{}{{{}}}", point.metric, labels);
}

std::string to_string(const Node& node) {
  switch (node.kind) {
    case NodeKind::number: return fmt::format("{}", node.number);
    case NodeKind::truth: return node.number != 0 ? "true" : "false";
    case NodeKind::duration: return fmt::format("{}s", node.number);
    case NodeKind::text: return quoted(node.text);
    case NodeKind::point: return to_string(node.point);
    case NodeKind::negate: return "-" + to_string(*node.left);
    case NodeKind::logical_not: return "(not " + to_string(*node.left) + ")";
    case NodeKind::call: {
      std::vector<std::string> arguments;
      for (const auto& argument : node.arguments) arguments.push_back(to_string(*argument));
      const auto by = node.by.empty() ? std::string() : fmt::format(" by ({})", joined(node.by));
      return fmt::format("{}({}){}", node.function->name, joined(arguments), by);
    }
    case NodeKind::aggregate:
      return fmt::format("{} by ({}) ({})", to_string(node.aggregation), joined(node.by), to_string(*node.left));
    case NodeKind::add:
    case NodeKind::subtract:
    case NodeKind::multiply:
    case NodeKind::divide:
    case NodeKind::equal:
    case NodeKind::not_equal:
    case NodeKind::less:
    case NodeKind::less_equal:
    case NodeKind::greater:
    case NodeKind::greater_equal:
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      return fmt::format("({} {} {})", to_string(*node.left), symbol(node.kind), to_string(*node.right));
  }
  return "?";
}

}  // namespace wayside::rules
