// A condition as a flat postfix program: compiled once per rule, run for each of its instances on the instance's
// own points. Logic has three values (Kleene): an input that is not usable makes what hangs on it unknown, unless
// the other side decides (`false and unknown` is false). Division by zero is unknown.
// run() takes no memory: a fixed stack, its use checked when compiled. Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "rules/inputs.hpp"
#include "rules/language/ast.hpp"
#include "rules/language/token.hpp"

namespace wayside::rules {

// The distinct points a rule speaks of, in order of appearance. An instance resolves each to a handle.
struct Slot {
  PointReference point;
  std::size_t offset = 0;  // where it first stands
  bool in_clear = false;   // there, in the clear condition
};

struct Outcome {
  std::optional<bool> truth;    // none: unknown
  std::optional<double> value;  // the left side of the first comparison, where it is a known number
};

class Program {
 public:
  struct Compiled;
  static constexpr std::size_t kStack = 32;

  // Adds to `slots` what is not there yet. Requires: check_condition(root) found nothing.
  [[nodiscard]] static Compiled compile(const Node& root, bool in_clear, std::vector<Slot>& slots);

  // Requires: `points` has a handle for every slot known when this was compiled.
  [[nodiscard]] Outcome run(std::span<const model::PointHandle> points, const Inputs& inputs, base::BootTime now) const;

 private:
  enum class Op : std::uint8_t {
    constant,
    load,
    keep,  // copies the top of the stack into Outcome::value
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
  struct Instruction {
    Op op = Op::constant;
    std::uint32_t slot = 0;
    double number = 0;
  };
  struct Cell {
    double value = 0;
    bool known = false;
  };
  class Compiler;

  [[nodiscard]] static Cell apply(Op op, Cell left, Cell right);

  std::vector<Instruction> code_;
};

struct Program::Compiled {
  Program program;
  std::optional<SyntaxError> error;  // needs a deeper stack than there is
};

}  // namespace wayside::rules
