// The tree of an expression, between parser and program. What the language will learn later (functions over
// windows, aggregation across points) becomes further kinds: every switch over NodeKind is exhaustive, so the
// compiler names each place that must learn it too. Values; any thread; the root owns the whole tree.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "model/rule_spec.hpp"

namespace wayside::rules {

enum class NodeKind {
  number,
  truth,
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
  double number = 0;           // number; truth as 1 or 0
  PointReference point;        // point
  std::unique_ptr<Node> left;  // both operands of two, the only one of `negate` and `logical_not`
  std::unique_ptr<Node> right;
};

using NodePtr = std::unique_ptr<Node>;

[[nodiscard]] constexpr bool is_comparison(NodeKind kind) {
  return kind >= NodeKind::equal && kind <= NodeKind::greater_equal;
}

}  // namespace wayside::rules
