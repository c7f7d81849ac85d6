#include "rules/condition.hpp"

#include <fmt/format.h>

#include <algorithm>

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

std::optional<SyntaxError> understand(const model::ExpressionText& text, Program& program, std::vector<Slot>& slots) {
  Parsed parsed = parse(text.text);
  if (parsed.error) return parsed.error;
  if (auto error = check_condition(*parsed.root)) return error;
  auto compiled = Program::compile(*parsed.root, false, slots);
  if (compiled.error) return compiled.error;
  if (slots.empty()) return SyntaxError{0, "this uses no point, it would never change"};
  program = std::move(compiled.program);
  return std::nullopt;
}

}  // namespace

Condition::Condition(Program program, std::vector<model::PointHandle> points, const model::PointTable& table)
    : program_(std::move(program)), points_(std::move(points)), inputs_(table) {}

Condition::Compiled Condition::compile(const model::ExpressionText& text, const model::DeviceId& device,
                                       std::string_view instance, const model::PointTable& points) {
  Compiled out;
  Program program;
  std::vector<Slot> slots;
  if (auto error = understand(text, program, slots)) {
    out.problems.push_back(problem_in(text, error->offset, std::move(error->what)));
    return out;
  }
  const Scopes scopes(points);
  const auto home = std::ranges::find(scopes.devices(), device, &Scopes::Device::id);
  std::vector<model::PointHandle> handles;
  for (const Slot& slot : slots) {
    auto found = find(scopes, home == scopes.devices().end() ? nullptr : &*home, instance, slot.point);
    if (found.point) {
      handles.push_back(*found.point);
    } else {
      out.problems.push_back(problem_in(text, slot.offset, std::move(found.problem)));
    }
  }
  if (out.problems.empty()) out.condition.reset(new Condition(std::move(program), std::move(handles), points));
  return out;
}

Condition::Verdict Condition::evaluate(base::BootTime now) const {
  Verdict verdict;
  verdict.truth = program_.run(points_, inputs_, now).truth;
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
