// An expression after it was understood and before it meets any point: what it reads (points, names of values,
// aggregations, functions with a memory), and the program over these. Step tree -> formula; engine_builder.* gives each
// instance of a rule its cells. Immutable once compiled; any thread.
//
// An instance has one cell for each operand, in the order references, names, aggregates, features: `Parts::cells()`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/ast.hpp"
#include "rules/language/program.hpp"
#include "rules/language/token.hpp"

namespace wayside::rules {

// The distinct points a rule speaks of, in order of appearance. An instance resolves each to a handle.
struct Slot {
  PointReference point;
  std::size_t offset = 0;  // where it first stands
  bool in_clear = false;   // there, in the clear condition
};

// The name of a value, compared with a point: what number that is depends on the point.
struct NamedValue {
  std::string text;
  std::uint32_t reference = 0;
  std::size_t offset = 0;
  bool in_clear = false;
  bool operator==(const NamedValue& other) const { return text == other.text && reference == other.reference; }
};

// A function with a memory, on arguments that are cells or programs over cells.
struct FeatureSpec {
  struct Argument {
    std::optional<Program> program;  // none: the cell `operand` itself
    std::uint32_t operand = 0;
  };
  const Function* function = nullptr;
  std::vector<double> constants;  // in order of the call: numbers, durations in seconds
  std::vector<std::string> texts;
  std::vector<Argument> arguments;
  std::vector<std::uint32_t> operands;  // the distinct cells its arguments read
  std::string text;                     // one way of writing
  std::size_t offset = 0;
  bool in_clear = false;
};

struct Formula;

struct AggregateSpec {
  Aggregation aggregation = Aggregation::sum;
  const Function* function = nullptr;  // of kind `fibre`: it is no aggregation but this, over the members in order
  std::vector<double> constants;       // of the function, durations in seconds
  std::vector<std::string> by;
  bool of_truths = false;
  bool direct = false;  // of the cell of one reference, no program
  std::shared_ptr<const Formula> inner;
  std::string text;
  std::string shared;  // the same for all that can share their members' cells, and one detector
  std::size_t offset = 0;
  bool in_clear = false;
};

struct Parts {
  std::vector<Slot> references;
  std::vector<NamedValue> names;
  std::vector<AggregateSpec> aggregates;
  std::vector<FeatureSpec> features;  // what an argument reads stands before

  [[nodiscard]] std::size_t cells() const {
    return references.size() + names.size() + aggregates.size() + features.size();
  }
};

struct Formula {
  Parts parts;
  Program program;
  NodePtr tree;
};

// Expressions that share their parts (expr and clear of a rule). Add each, then finish(): operands are known only when
// all are there.
class FormulaCompiler {
 public:
  FormulaCompiler();
  ~FormulaCompiler();
  FormulaCompiler(const FormulaCompiler&) = delete;
  FormulaCompiler& operator=(const FormulaCompiler&) = delete;

  // Requires: check_types(tree) found nothing. Gives the error, or none.
  [[nodiscard]] std::optional<SyntaxError> add(const Node& tree, bool in_clear);

  // The operand of a bare metric, one of the points whether or not an expression reads it.
  [[nodiscard]] std::uint32_t require(const std::string& metric);

  struct Finished {
    Parts parts;
    std::vector<Program> programs;  // as they were added
  };
  [[nodiscard]] Finished finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The left side of the first comparison, found down the left of and, or and not: what {{ $value }} says. Null: none.
[[nodiscard]] const Node* shown_value(const Node& root);

}  // namespace wayside::rules
