// An expression as a flat postfix program: compiled once per rule, run for each of its instances on the instance's own
// cells. Logic has three values (Kleene): a cell that is not usable makes what hangs on it unknown, unless the other
// side decides (`false and unknown` is false). Division by zero, the root of a negative number and the like are
// unknown. run() takes no memory: a fixed stack, its use checked when compiled. Immutable; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "rules/language/ast.hpp"

namespace wayside::rules {

// What programs read: one value and until when it may be used (boot time, microseconds; this instant included).
struct Cell {
  static constexpr std::int64_t kBad = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
  double value = 0;
  std::int64_t good_until = kBad;
  [[nodiscard]] bool usable(std::int64_t now) const { return now <= good_until; }
};

struct Result {
  double value = 0;  // a truth as 1 or 0
  bool known = false;

  [[nodiscard]] std::optional<bool> truth() const { return known ? std::optional(value != 0) : std::nullopt; }
  [[nodiscard]] std::optional<double> number() const { return known ? std::optional(value) : std::nullopt; }
};

class Program {
 public:
  static constexpr std::size_t kStack = 32;

  // `places[operand]` is the index of the operand's cell. Requires: both as large as what it was compiled for.
  [[nodiscard]] Result run(const Cell* cells, const std::uint32_t* places, std::int64_t now) const;

  [[nodiscard]] std::size_t bytes() const { return code_.capacity() * sizeof(Instruction); }

 private:
  friend class ProgramWriter;

  enum class Op : std::uint8_t {
    constant,
    load,
    negate,
    logical_not,
    known,
    abs,
    sqrt,
    ln,
    log10,
    exp,
    floor,
    ceil,
    round,
    // of two
    add,
    subtract,
    multiply,
    divide,
    least,
    greatest,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    logical_and,
    logical_or,
    // of three
    clamp,
    choose,
    // load and compare with a number, the most common of all
    load_less,
    load_less_equal,
    load_greater,
    load_greater_equal,
    load_equal,
  };
  struct Instruction {
    Op op = Op::constant;
    std::uint32_t operand = 0;
    double number = 0;
  };
  using Stacked = Result;

  [[nodiscard]] static Stacked of_one(Op op, Stacked x);
  [[nodiscard]] static Stacked of_two(Op op, Stacked left, Stacked right);
  [[nodiscard]] static Stacked of_three(Op op, Stacked a, Stacked b, Stacked c);
  [[nodiscard]] static bool compare(Op op, double left, double right);

  std::vector<Instruction> code_;
};

// Writes a program, operation by operation; what an operand is is the caller's (formula.hpp).
class ProgramWriter {
 public:
  void constant(double number) { push({Program::Op::constant, 0, number}); }
  void load(std::uint32_t operand) { push({Program::Op::load, operand, 0}); }
  void operation(NodeKind kind);                                             // of one or two operands
  void function(FunctionId id, std::size_t arguments);                       // FunctionKind::plain
  [[nodiscard]] std::size_t deepest() const { return deepest_; }             // places of the stack it needs
  [[nodiscard]] Program finish(const std::vector<std::uint32_t>& operands);  // new operand by old

 private:
  void push(Program::Instruction instruction);
  void pop(Program::Op op, std::size_t places);

  std::vector<Program::Instruction> code_;
  std::size_t depth_ = 0;
  std::size_t deepest_ = 0;
};

}  // namespace wayside::rules
