#include "rules/language/units.hpp"

#include <fmt/format.h>

#include <utility>

#include "rules/language/types.hpp"

namespace wayside::rules {
namespace {

using Unit = std::optional<std::string>;

class Checker {
 public:
  explicit Checker(const UnitOf& unit_of) : unit_of_(unit_of) {}

  Unit of(const Node& node) {
    switch (node.kind) {
      case NodeKind::number:
      case NodeKind::truth:
      case NodeKind::duration:
      case NodeKind::text: return std::nullopt;
      case NodeKind::point: return known(unit_of_(node.point));
      case NodeKind::negate: return of(*node.left);
      case NodeKind::logical_not: of(*node.left); return std::nullopt;
      case NodeKind::call: return of_call(node);
      case NodeKind::aggregate: {
        auto inner = of(*node.left);
        const bool counts = node.aggregation == Aggregation::count || node.aggregation == Aggregation::share;
        return counts || type_of(*node.left) == Type::truth ? std::nullopt : inner;
      }
      case NodeKind::add:
      case NodeKind::subtract: return same(node);
      case NodeKind::multiply: return product(node);
      case NodeKind::divide: return quotient(node);
      case NodeKind::equal:
      case NodeKind::not_equal:
      case NodeKind::less:
      case NodeKind::less_equal:
      case NodeKind::greater:
      case NodeKind::greater_equal: same(node); return std::nullopt;
      case NodeKind::logical_and:
      case NodeKind::logical_or:
        of(*node.left);
        of(*node.right);
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<SyntaxError> error;

 private:
  static Unit known(Unit unit) { return unit && !unit->empty() ? unit : std::nullopt; }

  Unit same(const Node& node) { return same(node, *node.left, of(*node.left), *node.right, of(*node.right)); }

  Unit same(const Node& at, const Node& a, Unit left, const Node& b, Unit right) {
    if (left && right && *left != *right && !error) {
      error = SyntaxError{at.offset, fmt::format("{} is in {}, {} in {}: bring both to one unit", to_string(a), *left,
                                                 to_string(b), *right)};
    }
    return left ? left : right;
  }

  Unit product(const Node& node) {
    of(*node.left);
    of(*node.right);
    return std::nullopt;
  }

  Unit quotient(const Node& node) {
    const Unit left = of(*node.left);
    const Unit right = of(*node.right);
    if (left && right && *left == *right) return "1";
    return std::nullopt;
  }

  Unit of_call(const Node& node) {
    std::vector<Unit> units;
    for (const auto& argument : node.arguments) units.push_back(of(*argument));
    const auto all_same = [&](std::size_t first) {
      Unit unit = units[first];
      for (std::size_t i = first + 1; i < units.size(); ++i) {
        unit = same(*node.arguments[i], *node.arguments[first], unit, *node.arguments[i], units[i]);
      }
      return unit;
    };
    switch (node.function->id) {
      case FunctionId::abs:
      case FunctionId::floor:
      case FunctionId::ceil:
      case FunctionId::round:
      case FunctionId::delta:
      case FunctionId::increase:
      case FunctionId::avg_over:
      case FunctionId::sum_over:
      case FunctionId::min_over:
      case FunctionId::max_over:
      case FunctionId::stddev_over:
      case FunctionId::usual: return units[0];
      case FunctionId::quantile_over: return units[1];
      case FunctionId::rate: return units[0] ? Unit(*units[0] + "/s") : std::nullopt;
      case FunctionId::min:
      case FunctionId::max:
      case FunctionId::clamp: return all_same(0);
      case FunctionId::choose: return all_same(1);
      case FunctionId::fibre_position:
      case FunctionId::fibre_uncertainty:
      case FunctionId::fibre_break: return "m";
      default: return std::nullopt;
    }
  }

  const UnitOf& unit_of_;
};

}  // namespace

UnitCheck check_units(const Node& root, const UnitOf& unit_of) {
  Checker checker(unit_of);
  UnitCheck out;
  out.unit = checker.of(root);
  out.error = std::move(checker.error);
  return out;
}

}  // namespace wayside::rules
