#include "rules/condition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/formula.hpp"
#include "rules/language/parser.hpp"
#include "rules/language/types.hpp"
#include "rules/nearest.hpp"
#include "rules/rule.hpp"
#include "rules/scopes.hpp"
#include "rules/selector.hpp"

namespace wayside::rules {
namespace {

struct Found {
  std::optional<model::PointHandle> point;
  std::string problem;
};

Found find(const Scopes& scopes, const Scopes::Device* device, std::string_view instance,
           const PointReference& reference) {
  if (reference.has_selector) {
    if (device == nullptr && !names_device(reference)) return {std::nullopt, "the device has no points"};
    auto picked = pick(scopes, device, reference);
    if (!picked.point && picked.candidates == 0) picked.problem = fits_none(scopes, reference);
    return {picked.point, std::move(picked.problem)};
  }
  const auto found = device == nullptr ? std::nullopt : Scopes::resolve(*device, instance, reference.metric);
  if (found) return {found->point, {}};
  std::set<std::string> known;
  if (device != nullptr) {
    for (const auto point : device->points) known.insert(scopes.table().info(point).metric);
  }
  return {std::nullopt,
          fmt::format("the device has no \"{}\"{}", reference.metric, nearest_hint(reference.metric, known))};
}

// An interlock is asked when a command comes, and not with each sample: it has no memory.
std::optional<SyntaxError> refuse_memory(const Parts& parts) {
  if (!parts.aggregates.empty()) {
    return SyntaxError{parts.aggregates.front().offset,
                       "an aggregation cannot stand in an interlock: make it a "
                       "recording rule and name its point"};
  }
  if (!parts.features.empty()) {
    return SyntaxError{parts.features.front().offset,
                       fmt::format("{} has a memory and cannot stand in an interlock: make it a recording rule and "
                                   "name its point",
                                   parts.features.front().function->name)};
  }
  return std::nullopt;
}

std::optional<SyntaxError> understand(const model::ExpressionText& text, Program& program, Parts& parts) {
  Parsed parsed = parse(text.text);
  if (parsed.error) return parsed.error;
  if (auto error = check_condition(*parsed.root)) return error;
  FormulaCompiler compiler;
  if (auto error = compiler.add(*parsed.root, false)) return error;
  auto finished = compiler.finish();
  if (auto error = refuse_memory(finished.parts)) return error;
  if (finished.parts.references.empty()) return SyntaxError{0, "this uses no point, it would never change"};
  parts = std::move(finished.parts);
  program = std::move(finished.programs.front());
  return std::nullopt;
}

}  // namespace

Condition::Condition(Program program, std::vector<model::PointHandle> points, std::vector<double> names,
                     const model::PointTable& table)
    : program_(std::move(program)), points_(std::move(points)), names_(std::move(names)), inputs_(table) {}

Condition::Compiled Condition::compile(const model::ExpressionText& text, const model::DeviceId& device,
                                       std::string_view instance, const model::PointTable& points) {
  Compiled out;
  Program program;
  Parts parts;
  if (auto error = understand(text, program, parts)) {
    out.problems.push_back(problem_in(text, error->offset, std::move(error->what)));
    return out;
  }
  const Scopes scopes(points);
  const auto home = std::ranges::find(scopes.devices(), device, &Scopes::Device::id);
  std::vector<model::PointHandle> handles;
  for (const Slot& slot : parts.references) {
    auto found = find(scopes, home == scopes.devices().end() ? nullptr : &*home, instance, slot.point);
    if (found.point) {
      handles.push_back(*found.point);
    } else {
      out.problems.push_back(problem_in(text, slot.offset, std::move(found.problem)));
    }
  }
  if (!out.problems.empty()) return out;
  std::vector<double> names;
  for (const auto& name : parts.names) {
    const auto& info = points.info(handles[name.reference]);
    const auto value = std::ranges::find(info.values, name.text, [](const auto& v) { return v.second; });
    if (value == info.values.end()) {
      out.problems.push_back(
          problem_in(text, name.offset,
                     fmt::format("{} has no value \"{}\"", model::point_id(info.device, info.name), name.text)));
      return out;
    }
    names.push_back(static_cast<double>(value->first));
  }
  out.condition.reset(new Condition(std::move(program), std::move(handles), std::move(names), points));
  return out;
}

Condition::Verdict Condition::evaluate(base::BootTime now) const {
  Verdict verdict;
  std::vector<Cell> cells;
  std::vector<std::uint32_t> places;
  const auto add = [&](std::optional<double> value) {
    places.push_back(static_cast<std::uint32_t>(cells.size()));
    cells.push_back({value.value_or(0), value ? Cell::kForever : Cell::kBad});
  };
  for (const auto point : points_) add(inputs_.usable(point, now));
  for (const double name : names_) add(name);
  verdict.truth = program_.run(cells.data(), places.data(), base::to_us(now)).truth();
  for (const auto point : points_) {
    if (inputs_.usable(point, now)) continue;
    const auto& info = inputs_.table().info(point);
    const auto& newest = inputs_.table().newest(point);
    const bool old = !model::is_bad(newest.quality) && inputs_.is_stale(point, now);
    verdict.bad.push_back(fmt::format("{}: {}", model::point_id(info.device, info.name),
                                      old ? std::string_view("not read lately") : model::to_string(newest.quality)));
  }
  return verdict;
}

}  // namespace wayside::rules
