#include "rules/language/types.hpp"

#include <fmt/format.h>

namespace wayside::rules {
namespace {

std::string_view symbol(NodeKind kind) {
  switch (kind) {
    case NodeKind::number:
    case NodeKind::truth:
    case NodeKind::point: return "value";
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

// A bare metric where a condition must stand is nearly always a point of truths.
std::string hint(const Node& node) {
  if (node.kind != NodeKind::point) return "";
  return fmt::format(", write {} == 1", to_string(node.point));
}

std::optional<SyntaxError> check_operands(const Node& node) {
  if (node.kind == NodeKind::equal || node.kind == NodeKind::not_equal) return std::nullopt;
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

std::optional<SyntaxError> check(const Node& node) {
  for (const Node* operand : {node.left.get(), node.right.get()}) {
    if (operand == nullptr) continue;
    if (auto error = check(*operand)) return error;
  }
  return node.left ? check_operands(node) : std::nullopt;
}

}  // namespace

Type type_of(const Node& node) {
  const bool truth = node.kind == NodeKind::truth || is_logic(node.kind) || is_comparison(node.kind);
  return truth ? Type::truth : Type::number;
}

std::optional<SyntaxError> check_condition(const Node& root) {
  if (auto error = check(root)) return error;
  if (type_of(root) == Type::truth) return std::nullopt;
  const std::string how = root.kind == NodeKind::point ? hint(root) : ", compare it with something";
  return SyntaxError{root.kind == NodeKind::point ? root.offset : 0, "this is a number and not a condition" + how};
}

std::string to_string(const PointReference& point) {
  if (!point.has_selector) return point.metric;
  std::string labels;
  for (const auto& [label, value] : point.labels) {
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ", ", label, value);
  }
  return fmt::format("{}{{{}}}", point.metric, labels);
}

}  // namespace wayside::rules
