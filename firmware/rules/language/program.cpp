#include "rules/language/program.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.hpp"

namespace wayside::rules {

void ProgramWriter::push(Program::Instruction instruction) {
  code_.push_back(instruction);
  deepest_ = std::max(deepest_, ++depth_);
}

void ProgramWriter::pop(Program::Op op, std::size_t places) {
  code_.push_back({op, 0, 0});
  depth_ -= places;
}

void ProgramWriter::operation(NodeKind kind) {
  using Op = Program::Op;
  switch (kind) {
    case NodeKind::number:
    case NodeKind::truth:
    case NodeKind::duration:
    case NodeKind::text:
    case NodeKind::point:
    case NodeKind::call:
    case NodeKind::aggregate: break;  // no operations
    case NodeKind::negate: return pop(Op::negate, 0);
    case NodeKind::logical_not: return pop(Op::logical_not, 0);
    case NodeKind::add: return pop(Op::add, 1);
    case NodeKind::subtract: return pop(Op::subtract, 1);
    case NodeKind::multiply: return pop(Op::multiply, 1);
    case NodeKind::divide: return pop(Op::divide, 1);
    case NodeKind::equal: return pop(Op::equal, 1);
    case NodeKind::not_equal: return pop(Op::not_equal, 1);
    case NodeKind::less: return pop(Op::less, 1);
    case NodeKind::less_equal: return pop(Op::less_equal, 1);
    case NodeKind::greater: return pop(Op::greater, 1);
    case NodeKind::greater_equal: return pop(Op::greater_equal, 1);
    case NodeKind::logical_and: return pop(Op::logical_and, 1);
    case NodeKind::logical_or: return pop(Op::logical_or, 1);
  }
  WAYSIDE_ASSERT(false);
}

void ProgramWriter::function(FunctionId id, std::size_t arguments) {
  using Op = Program::Op;
  switch (id) {
    case FunctionId::abs: return pop(Op::abs, 0);
    case FunctionId::sqrt: return pop(Op::sqrt, 0);
    case FunctionId::ln: return pop(Op::ln, 0);
    case FunctionId::log10: return pop(Op::log10, 0);
    case FunctionId::exp: return pop(Op::exp, 0);
    case FunctionId::floor: return pop(Op::floor, 0);
    case FunctionId::ceil: return pop(Op::ceil, 0);
    case FunctionId::round: return pop(Op::round, 0);
    case FunctionId::known: return pop(Op::known, 0);
    case FunctionId::clamp: return pop(Op::clamp, 2);
    case FunctionId::choose: return pop(Op::choose, 2);
    case FunctionId::min:
    case FunctionId::max:
      for (std::size_t i = 1; i < arguments; ++i) pop(id == FunctionId::min ? Op::least : Op::greatest, 1);
      return;
    default: WAYSIDE_ASSERT(false);  // a function with a memory is a feature
  }
}

Program ProgramWriter::finish(const std::vector<std::uint32_t>& operands) {
  using Op = Program::Op;
  Program out;
  for (auto step : code_) {
    if (step.op == Op::load) step.operand = operands[step.operand];
    const bool after_two = out.code_.size() >= 2 && out.code_.back().op == Op::constant;
    if (after_two && out.code_[out.code_.size() - 2].op == Op::load) {
      constexpr std::array<std::pair<Op, Op>, 5> kFused{{{Op::less, Op::load_less},
                                                         {Op::less_equal, Op::load_less_equal},
                                                         {Op::greater, Op::load_greater},
                                                         {Op::greater_equal, Op::load_greater_equal},
                                                         {Op::equal, Op::load_equal}}};
      const auto* const fused = std::ranges::find(kFused, step.op, &std::pair<Op, Op>::first);
      if (fused != kFused.end()) {
        const double number = out.code_.back().number;
        out.code_.pop_back();
        out.code_.back().op = fused->second;
        out.code_.back().number = number;
        continue;
      }
    }
    out.code_.push_back(step);
  }
  out.code_.shrink_to_fit();
  return out;
}

Program::Stacked Program::of_one(Op op, Stacked x) {
  const auto number = [&x](double n) { return Stacked{n, x.known && std::isfinite(n)}; };
  switch (op) {
    case Op::negate: return {-x.value, x.known};
    case Op::logical_not: return {x.value != 0 ? 0.0 : 1.0, x.known};
    case Op::known: return {x.known ? 1.0 : 0.0, true};
    case Op::abs: return {std::fabs(x.value), x.known};
    case Op::sqrt: return number(std::sqrt(x.value));
    case Op::ln: return number(std::log(x.value));
    case Op::log10: return number(std::log10(x.value));
    case Op::exp: return number(std::exp(x.value));
    case Op::floor: return number(std::floor(x.value));
    case Op::ceil: return number(std::ceil(x.value));
    case Op::round: return number(std::round(x.value));
    default: break;
  }
  WAYSIDE_ASSERT(false);
  return {};
}

bool Program::compare(Op op, double left, double right) {
  switch (op) {
    case Op::equal:
    case Op::load_equal: return !(left < right) && !(left > right);
    case Op::not_equal: return left < right || left > right;
    case Op::less:
    case Op::load_less: return left < right;
    case Op::less_equal:
    case Op::load_less_equal: return left <= right;
    case Op::greater:
    case Op::load_greater: return left > right;
    case Op::greater_equal:
    case Op::load_greater_equal: return left >= right;
    default: break;
  }
  WAYSIDE_ASSERT(false);
  return false;
}

Program::Stacked Program::of_two(Op op, Stacked left, Stacked right) {
  const auto is = [](Stacked c, bool truth) { return c.known && (c.value != 0) == truth; };
  const auto truth = [](bool t) { return Stacked{t ? 1.0 : 0.0, true}; };
  if (op == Op::logical_and && (is(left, false) || is(right, false))) return truth(false);
  if (op == Op::logical_or && (is(left, true) || is(right, true))) return truth(true);
  if (!left.known || !right.known) return {};
  const double a = left.value;
  const double b = right.value;
  const auto number = [](double n) { return Stacked{n, std::isfinite(n)}; };
  switch (op) {
    case Op::add: return number(a + b);
    case Op::subtract: return number(a - b);
    case Op::multiply: return number(a * b);
    case Op::divide: return number(a / b);  // by zero: infinite or NaN, so unknown
    case Op::least: return number(std::min(a, b));
    case Op::greatest: return number(std::max(a, b));
    case Op::logical_and: return truth(true);
    case Op::logical_or: return truth(false);
    default: return truth(compare(op, a, b));
  }
}

Program::Stacked Program::of_three(Op op, Stacked a, Stacked b, Stacked c) {
  // The side that is not chosen may be unknown.
  if (op == Op::choose) return !a.known ? Stacked{} : (a.value != 0 ? b : c);
  if (!a.known || !b.known || !c.known || b.value > c.value) return {};
  return {std::clamp(a.value, b.value, c.value), true};
}

Result Program::run(const Cell* cells, const std::uint32_t* places, std::int64_t now) const {
  std::array<Stacked, kStack> stack;
  Stacked* top = stack.data();  // one behind the last in use
  for (const Instruction& step : code_) {
    if (step.op >= Op::load_less) {
      const Cell& cell = cells[places[step.operand]];
      *top++ = {compare(step.op, cell.value, step.number) ? 1.0 : 0.0, cell.usable(now)};
    } else if (step.op == Op::load) {
      const Cell& cell = cells[places[step.operand]];
      *top++ = {cell.value, cell.usable(now)};
    } else if (step.op == Op::constant) {
      *top++ = {step.number, true};
    } else if (step.op < Op::add) {
      top[-1] = of_one(step.op, top[-1]);
    } else if (step.op < Op::clamp) {
      --top;
      top[-1] = of_two(step.op, top[-1], top[0]);
    } else {
      top -= 2;
      top[-1] = of_three(step.op, top[-1], top[0], top[1]);
    }
  }
  return stack[0];
}

}  // namespace wayside::rules
