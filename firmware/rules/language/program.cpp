#include "rules/language/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.hpp"
#include "rules/language/types.hpp"

namespace wayside::rules {

class Program::Compiler {
 public:
  Compiler(bool in_clear, std::vector<Slot>& slots, std::vector<Instruction>& code)
      : in_clear_(in_clear), slots_(slots), code_(code) {}

  void emit(const Node& node) {
    if (node.left) emit(*node.left);
    if (&node == value_of_) code_.push_back({Op::keep, 0, 0});
    if (node.right) emit(*node.right);
    emit_own(node);
  }

  // The value of an alarm is the left side of its first comparison, found down the left of and, or and not.
  void keep_value_of(const Node& root) {
    const Node* node = &root;
    while (node != nullptr && !is_comparison(node->kind)) node = node->left.get();
    if (node != nullptr && type_of(*node->left) == Type::number) value_of_ = node;
  }

  [[nodiscard]] std::size_t deepest() const { return deepest_; }

 private:
  void emit_own(const Node& node) {
    switch (node.kind) {
      case NodeKind::number:
      case NodeKind::truth: return push({Op::constant, 0, node.number});
      case NodeKind::point: return push({Op::load, slot(node), 0});
      case NodeKind::negate: return code_.push_back({Op::negate, 0, 0});
      case NodeKind::logical_not: return code_.push_back({Op::logical_not, 0, 0});
      case NodeKind::add: return pop({Op::add, 0, 0});
      case NodeKind::subtract: return pop({Op::subtract, 0, 0});
      case NodeKind::multiply: return pop({Op::multiply, 0, 0});
      case NodeKind::divide: return pop({Op::divide, 0, 0});
      case NodeKind::equal: return pop({Op::equal, 0, 0});
      case NodeKind::not_equal: return pop({Op::not_equal, 0, 0});
      case NodeKind::less: return pop({Op::less, 0, 0});
      case NodeKind::less_equal: return pop({Op::less_equal, 0, 0});
      case NodeKind::greater: return pop({Op::greater, 0, 0});
      case NodeKind::greater_equal: return pop({Op::greater_equal, 0, 0});
      case NodeKind::logical_and: return pop({Op::logical_and, 0, 0});
      case NodeKind::logical_or: return pop({Op::logical_or, 0, 0});
    }
  }

  void push(Instruction instruction) {
    code_.push_back(instruction);
    deepest_ = std::max(deepest_, ++depth_);
  }

  void pop(Instruction instruction) {
    code_.push_back(instruction);
    --depth_;
  }

  std::uint32_t slot(const Node& node) {
    const auto found = std::ranges::find(slots_, node.point, &Slot::point);
    const auto position = static_cast<std::uint32_t>(found - slots_.begin());
    if (found == slots_.end()) slots_.push_back({node.point, node.offset, in_clear_});
    return position;
  }

  bool in_clear_;
  std::vector<Slot>& slots_;
  std::vector<Instruction>& code_;
  const Node* value_of_ = nullptr;
  std::size_t depth_ = 0;
  std::size_t deepest_ = 0;
};

Program::Compiled Program::compile(const Node& root, bool in_clear, std::vector<Slot>& slots) {
  Compiled out;
  Compiler compiler(in_clear, slots, out.program.code_);
  compiler.keep_value_of(root);
  compiler.emit(root);
  if (compiler.deepest() > kStack) {
    out.error = SyntaxError{
        0, fmt::format("needs {} places of {}, write it with fewer parentheses", compiler.deepest(), kStack)};
  }
  return out;
}

Program::Cell Program::apply(Op op, Cell left, Cell right) {
  const auto is = [](Cell c, bool truth) { return c.known && (c.value != 0) == truth; };
  const auto truth = [](bool t) { return Cell{t ? 1.0 : 0.0, true}; };
  if (op == Op::logical_and && (is(left, false) || is(right, false))) return truth(false);
  if (op == Op::logical_or && (is(left, true) || is(right, true))) return truth(true);
  if (!left.known || !right.known) return {};
  const double a = left.value;
  const double b = right.value;
  const auto number = [](double n) { return Cell{n, std::isfinite(n)}; };
  switch (op) {
    case Op::constant:
    case Op::load:
    case Op::keep:
    case Op::negate:
    case Op::logical_not: break;  // not of two operands
    case Op::add: return number(a + b);
    case Op::subtract: return number(a - b);
    case Op::multiply: return number(a * b);
    case Op::divide: return number(a / b);  // by zero: infinite or NaN, so unknown
    case Op::equal: return truth(!(a < b) && !(a > b));
    case Op::not_equal: return truth(a < b || a > b);
    case Op::less: return truth(a < b);
    case Op::less_equal: return truth(a <= b);
    case Op::greater: return truth(a > b);
    case Op::greater_equal: return truth(a >= b);
    case Op::logical_and: return truth(true);
    case Op::logical_or: return truth(false);
  }
  WAYSIDE_ASSERT(false);
  return {};
}

Outcome Program::run(std::span<const model::PointHandle> points, const Inputs& inputs, base::BootTime now) const {
  std::array<Cell, kStack> stack;
  std::size_t top = 0;  // cells in use
  Outcome out;
  for (const Instruction& step : code_) {
    if (step.op == Op::constant) {
      stack[top++] = {step.number, true};
    } else if (step.op == Op::load) {
      const auto value = inputs.usable(points[step.slot], now);
      stack[top++] = {value.value_or(0), value.has_value()};
    } else if (step.op == Op::keep) {
      if (stack[top - 1].known) out.value = stack[top - 1].value;
    } else if (step.op == Op::negate) {
      stack[top - 1].value = -stack[top - 1].value;
    } else if (step.op == Op::logical_not) {
      stack[top - 1].value = stack[top - 1].value != 0 ? 0.0 : 1.0;
    } else {
      --top;
      stack[top - 1] = apply(step.op, stack[top - 1], stack[top]);
    }
  }
  if (stack[0].known) out.truth = stack[0].value != 0;
  return out;
}

}  // namespace wayside::rules
