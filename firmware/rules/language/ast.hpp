// The tree of an expression, between parser and program. Every switch over NodeKind is exhaustive, so that the
// compiler names each place that must learn of a further kind. Values; any thread; the root owns the whole tree.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "model/rule_spec.hpp"
#include "rules/language/functions.hpp"

namespace wayside::rules {

enum class NodeKind {
  number,
  truth,
  duration,  // seconds, an argument only
  text,      // beside == and != the name of a value; or an argument
  point,
  negate,
  logical_not,
  add,
  subtract,
  multiply,
  divide,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  call,
  aggregate,
};

// A metric, bare (resolved in the scope of the instance) or with a selector (picks one point by labels).
struct PointReference {
  std::string metric;
  bool has_selector = false;
  model::LabelFilter labels;
  bool operator==(const PointReference&) const = default;
};

struct Node {
  NodeKind kind = NodeKind::number;
  std::size_t offset = 0;      // of an operator its own place, not its left side's
  double number = 0;           // number; truth as 1 or 0; duration in seconds
  std::string text;            // text
  PointReference point;        // point
  std::unique_ptr<Node> left;  // both operands of two; the only one of `negate`, `logical_not`, `aggregate`
  std::unique_ptr<Node> right;
  const Function* function = nullptr;            // call
  std::vector<std::unique_ptr<Node>> arguments;  // call
  Aggregation aggregation = Aggregation::sum;    // aggregate
  std::vector<std::string> by;                   // aggregate, and call of kind `fibre`: the labels of a group
};

using NodePtr = std::unique_ptr<Node>;

// An aggregation, or a function along a fibre.
[[nodiscard]] inline bool spans_group(const Node& node) {
  return node.kind == NodeKind::aggregate ||
         (node.kind == NodeKind::call && node.function->kind == FunctionKind::fibre);
}

[[nodiscard]] constexpr bool is_comparison(NodeKind kind) {
  return kind >= NodeKind::equal && kind <= NodeKind::greater_equal;
}

}  // namespace wayside::rules
