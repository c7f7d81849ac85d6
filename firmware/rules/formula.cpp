#include "rules/formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/language/types.hpp"

namespace wayside::rules {
namespace {

// Operands while the parts still grow: which list, and where in it.
enum class List : std::uint32_t { reference = 0, name = 1, aggregate = 2, feature = 3 };
constexpr std::uint32_t kListShift = 28;
constexpr std::uint32_t kPlaceMask = (1U << kListShift) - 1;

constexpr std::uint32_t operand_of(List list, std::size_t place) {
  return (static_cast<std::uint32_t>(list) << kListShift) | static_cast<std::uint32_t>(place);
}

template <class T>
std::size_t place_of(std::vector<T>& list, T wanted) {
  const auto found = std::ranges::find(list, wanted);
  const auto place = static_cast<std::size_t>(found - list.begin());
  if (found == list.end()) list.push_back(std::move(wanted));
  return place;
}

void note_operand(std::vector<std::uint32_t>& operands, std::uint32_t operand) {
  if (std::ranges::find(operands, operand) == operands.end()) operands.push_back(operand);
}

struct Draft {
  ProgramWriter writer;
  std::vector<std::uint32_t> operands;  // by what load() was given
};

struct FeatureDraft {
  FeatureSpec spec;
  std::vector<std::optional<Draft>> programs;  // by argument
};

}  // namespace

struct FormulaCompiler::State {
  Parts parts;
  std::vector<FeatureDraft> features;
  std::vector<Draft> drafts;
  std::optional<SyntaxError> error;
  bool in_clear = false;

  void emit(const Node& node, Draft& draft) {
    if (node.kind == NodeKind::call && node.function->kind == FunctionKind::plain) {
      for (const auto& argument : node.arguments) emit(*argument, draft);
      draft.writer.function(node.function->id, node.arguments.size());
    } else if (const auto operand = leaf(node)) {
      note_operand(draft.operands, *operand);
      const auto found = std::ranges::find(draft.operands, *operand);
      draft.writer.load(static_cast<std::uint32_t>(found - draft.operands.begin()));
    } else if (node.kind == NodeKind::number || node.kind == NodeKind::truth) {
      draft.writer.constant(node.number);
    } else {
      emit_operation(node, draft);
    }
  }

  void emit_operation(const Node& node, Draft& draft) {
    emit_side(node, *node.left, draft);
    if (node.right) emit_side(node, *node.right, draft);
    draft.writer.operation(node.kind);
  }

  void emit_side(const Node& node, const Node& side, Draft& draft) {
    if (side.kind != NodeKind::text) return emit(side, draft);
    const Node& other = &side == node.left.get() ? *node.right : *node.left;
    const auto reference = static_cast<std::uint32_t>(reference_of(other));
    const auto place = place_of(parts.names, NamedValue{side.text, reference, side.offset, in_clear});
    const auto operand = operand_of(List::name, place);
    note_operand(draft.operands, operand);
    const auto found = std::ranges::find(draft.operands, operand);
    draft.writer.load(static_cast<std::uint32_t>(found - draft.operands.begin()));
  }

  std::optional<std::uint32_t> leaf(const Node& node) {
    if (node.kind == NodeKind::point) return operand_of(List::reference, reference_of(node));
    if (spans_group(node)) return operand_of(List::aggregate, aggregate_of(node));
    if (node.kind == NodeKind::call && node.function->kind != FunctionKind::plain) {
      return operand_of(List::feature, feature_of(node));
    }
    return std::nullopt;
  }

  std::size_t reference_of(const Node& node) {
    const auto found = std::ranges::find(parts.references, node.point, &Slot::point);
    const auto place = static_cast<std::size_t>(found - parts.references.begin());
    if (found == parts.references.end()) parts.references.push_back({node.point, node.offset, in_clear});
    return place;
  }

  std::size_t aggregate_of(const Node& node) {
    auto text = to_string(node);
    const auto found = std::ranges::find(parts.aggregates, text, &AggregateSpec::text);
    if (found != parts.aggregates.end()) return static_cast<std::size_t>(found - parts.aggregates.begin());
    const bool along = node.kind == NodeKind::call;
    const Node& of = along ? *node.arguments.front() : *node.left;
    AggregateSpec spec;
    spec.aggregation = node.aggregation;
    spec.by = node.by;
    spec.of_truths = type_of(of) == Type::truth;
    spec.direct = of.kind == NodeKind::point;
    spec.shared = text;
    if (along) {
      spec.function = node.function;
      spec.shared.replace(0, node.function->name.size(), "fibre");
      for (std::size_t i = 1; i < node.arguments.size(); ++i) spec.constants.push_back(constant_of(*node.arguments[i]));
    }
    spec.text = std::move(text);
    spec.offset = node.offset;
    spec.in_clear = in_clear;
    FormulaCompiler inner;
    if (auto failed = inner.add(of, in_clear); failed && !error) error = std::move(failed);
    auto finished = inner.finish();
    if (finished.parts.references.empty() && !error) {
      const auto name = along ? node.function->name : to_string(node.aggregation);
      error = SyntaxError{node.offset, fmt::format("{} stands on no point", name)};
    }
    spec.inner = std::make_shared<const Formula>(
        Formula{std::move(finished.parts), std::move(finished.programs.front()), nullptr});
    parts.aggregates.push_back(std::move(spec));
    return parts.aggregates.size() - 1;
  }

  std::size_t feature_of(const Node& node) {
    auto text = to_string(node);
    for (std::size_t i = 0; i < features.size(); ++i) {
      if (features[i].spec.text == text) return i;
    }
    FeatureDraft draft;
    draft.spec.function = node.function;
    draft.spec.text = std::move(text);
    draft.spec.offset = node.offset;
    draft.spec.in_clear = in_clear;
    for (const auto& argument : node.arguments) take_argument(*argument, draft);
    if (draft.spec.operands.empty() && node.function->kind != FunctionKind::clock && !error) {
      error = SyntaxError{node.offset, fmt::format("{} stands on no point", node.function->name)};
    }
    features.push_back(std::move(draft));
    return features.size() - 1;
  }

  static double constant_of(const Node& argument) {
    return argument.kind == NodeKind::negate ? -argument.left->number : argument.number;
  }

  void take_argument(const Node& argument, FeatureDraft& draft) {
    if (argument.kind == NodeKind::text) return draft.spec.texts.push_back(argument.text);
    const auto parameter = parameter_at(
        *draft.spec.function, draft.spec.arguments.size() + draft.spec.constants.size() + draft.spec.texts.size());
    if (parameter == Parameter::duration || parameter == Parameter::constant) {
      return draft.spec.constants.push_back(constant_of(argument));
    }
    if (const auto operand = leaf(argument)) {
      note_operand(draft.spec.operands, *operand);
      draft.spec.arguments.push_back({std::nullopt, *operand});
      draft.programs.emplace_back();
      return;
    }
    Draft program;
    emit(argument, program);
    check_depth(program, argument.offset);
    for (const auto operand : program.operands) note_operand(draft.spec.operands, operand);
    draft.spec.arguments.emplace_back();
    draft.programs.emplace_back(std::move(program));
  }

  void check_depth(const Draft& draft, std::size_t offset) {
    if (draft.writer.deepest() <= Program::kStack || error) return;
    error = SyntaxError{offset, fmt::format("needs {} places of {}, write it with fewer parentheses",
                                            draft.writer.deepest(), Program::kStack)};
  }

  [[nodiscard]] std::uint32_t final_operand(std::uint32_t operand) const {
    const std::size_t place = operand & kPlaceMask;
    const auto at = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
    const auto names = parts.references.size();
    const auto aggregates = names + parts.names.size();
    switch (static_cast<List>(operand >> kListShift)) {
      case List::reference: return at(place);
      case List::name: return at(names + place);
      case List::aggregate: return at(aggregates + place);
      case List::feature: return at(aggregates + parts.aggregates.size() + place);
    }
    return 0;
  }

  Program finish(Draft& draft) const {
    for (auto& operand : draft.operands) operand = final_operand(operand);
    return draft.writer.finish(draft.operands);
  }
};

FormulaCompiler::FormulaCompiler() : state_(std::make_unique<State>()) {}
FormulaCompiler::~FormulaCompiler() = default;

std::optional<SyntaxError> FormulaCompiler::add(const Node& tree, bool in_clear) {
  state_->in_clear = in_clear;
  Draft draft;
  state_->emit(tree, draft);
  state_->check_depth(draft, 0);
  state_->drafts.push_back(std::move(draft));
  return state_->error;
}

std::uint32_t FormulaCompiler::require(const std::string& metric) {
  Node node;
  node.kind = NodeKind::point;
  node.point.metric = metric;
  state_->in_clear = false;
  return static_cast<std::uint32_t>(state_->reference_of(node));
}

FormulaCompiler::Finished FormulaCompiler::finish() {
  Finished out;
  for (auto& feature : state_->features) {
    for (auto& operand : feature.spec.operands) operand = state_->final_operand(operand);
    for (std::size_t i = 0; i < feature.programs.size(); ++i) {
      auto& argument = feature.spec.arguments[i];
      if (feature.programs[i]) {
        argument.program = state_->finish(*feature.programs[i]);
      } else {
        argument.operand = state_->final_operand(argument.operand);
      }
    }
  }
  for (auto& draft : state_->drafts) out.programs.push_back(state_->finish(draft));
  out.parts = std::move(state_->parts);
  for (auto& feature : state_->features) out.parts.features.push_back(std::move(feature.spec));
  return out;
}

const Node* shown_value(const Node& root) {
  const Node* node = &root;
  const auto is_logic = [](NodeKind kind) {
    return kind == NodeKind::logical_and || kind == NodeKind::logical_or || kind == NodeKind::logical_not;
  };
  while (is_logic(node->kind)) node = node->left.get();
  if (!is_comparison(node->kind) || node->left->kind == NodeKind::text || type_of(*node->left) != Type::number)
    return nullptr;
  return node->left.get();
}

}  // namespace wayside::rules
