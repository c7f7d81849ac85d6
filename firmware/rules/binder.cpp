#include "rules/binder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "rules/language/types.hpp"
#include "rules/nearest.hpp"
#include "rules/selector.hpp"

namespace wayside::rules {
namespace {

bool is_fixed(const Slot& slot) { return slot.point.has_selector && names_device(slot.point); }

bool shares(const model::LabelFilter& filter, const model::LabelFilter& labels) {
  return std::ranges::all_of(filter, [&labels](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

class Binder {
 public:
  Binder(const Rule& rule, const Scopes& scopes, std::vector<Problem>& problems)
      : rule_(rule), scopes_(scopes), problems_(problems), fixed_(rule.slots.size()) {}

  std::vector<Binding> run() {
    if (!resolve_fixed()) return {};
    if (std::ranges::all_of(rule_.slots, is_fixed)) {
      bind_fixed();
    } else {
      for (const auto& device : scopes_.devices()) bind_device(device);
    }
    if (failed_) return {};
    if (out_.empty()) explain();
    return std::move(out_);
  }

 private:
  // What does not depend on the scope: metrics that no point has, selectors that name their device.
  bool resolve_fixed() {
    for (std::size_t i = 0; i < rule_.slots.size(); ++i) {
      const Slot& slot = rule_.slots[i];
      if (!scopes_.metrics().contains(slot.point.metric)) {
        fail(slot, fits_none(scopes_, slot.point));
      } else if (is_fixed(slot)) {
        auto picked = pick(scopes_, nullptr, slot.point);
        fixed_[i] = picked.point;
        if (!picked.point) fail(slot, std::move(picked.problem));
      }
    }
    return !failed_;
  }

  // All points are named: one binding, to the device of the first.
  void bind_fixed() {
    const auto& device = scopes_.device_of(*fixed_.front());
    if (!shares(rule_.spec.match, device.labels)) return;
    try_bind(device, "");
  }

  void bind_device(const Scopes::Device& device) {
    bool bound = false;
    for (const auto& instance : device.instances) {
      if (!matches(rule_.spec.match, scopes_.table().info(instance.first))) continue;
      bound = try_bind(device, instance.prefix) || bound;
    }
    if (!bound && shares(rule_.spec.match, device.labels)) try_bind(device, "");
  }

  bool try_bind(const Scopes::Device& device, const std::string& prefix) {
    Binding binding{device.id, prefix, {}, {}};
    std::optional<model::PointHandle> home;
    ambiguous_.clear();
    for (std::size_t i = 0; i < rule_.slots.size(); ++i) {
      const auto found = find(i, device, prefix);
      if (!found) return false;
      binding.points.push_back(found->point);
      if (!home && found->own) home = found->point;
    }
    if (!home) return false;
    if (!ambiguous_.empty()) {  // told only where all else fits
      if (!failed_) fail(rule_.slots[ambiguous_at_], ambiguous_);
      return false;
    }
    binding.home = *home;
    out_.push_back(std::move(binding));
    return true;
  }

  // `own` marks a point that makes the scope what it is: for an instance one of its own, for a device any of it.
  std::optional<Scopes::Found> find(std::size_t slot, const Scopes::Device& device, const std::string& prefix) {
    const PointReference& reference = rule_.slots[slot].point;
    if (!reference.has_selector) return Scopes::resolve(device, prefix, reference.metric);
    if (fixed_[slot]) {
      const bool here = scopes_.table().info(*fixed_[slot]).device == device.id;
      return Scopes::Found{*fixed_[slot], here && prefix.empty()};
    }
    auto picked = pick(scopes_, &device, reference);
    if (picked.point) return Scopes::Found{*picked.point, prefix.empty()};
    if (picked.candidates == 0) return std::nullopt;
    ambiguous_ = std::move(picked.problem);
    ambiguous_at_ = slot;
    return Scopes::Found{{}, prefix.empty()};
  }

  void explain() {
    for (const Slot& slot : rule_.slots) {
      if (!slot.point.has_selector || is_fixed(slot)) continue;
      const auto& infos = scopes_.table().infos();
      const auto fits = [&slot](const model::PointInfo& info) {
        return info.metric == slot.point.metric && matches(slot.point.labels, info);
      };
      if (std::ranges::none_of(infos, fits)) return fail(slot, fits_none(scopes_, slot.point));
    }
    problems_.push_back({rule_.spec.place, fmt::format("rule {} fits no device: {}", rule_.spec.id(), why())});
  }

  [[nodiscard]] std::string why() const {
    std::string match;
    for (const auto& [label, value] : rule_.spec.match) {
      match += fmt::format("{}{}=\"{}\"", match.empty() ? "" : ", ", label, value);
      std::set<std::string> known;
      for (const auto& info : scopes_.table().infos()) {
        if (const auto found = info.labels.find(label); found != info.labels.end()) known.insert(found->second);
      }
      if (!known.contains(value)) return fmt::format("none has {}=\"{}\"{}", label, value, nearest_hint(value, known));
    }
    std::string metrics;
    for (const Slot& slot : rule_.slots) {
      if (is_fixed(slot)) continue;
      metrics += fmt::format("{}{}", metrics.empty() ? "" : " and ", to_string(slot.point));
    }
    if (metrics.empty()) metrics = "the points it names";
    return fmt::format("none{} has {}", match.empty() ? "" : fmt::format(" with {}", match), metrics);
  }

  void fail(const Slot& slot, std::string what) {
    problems_.push_back(problem_at(rule_.spec, slot, std::move(what)));
    failed_ = true;
  }

  const Rule& rule_;
  const Scopes& scopes_;
  std::vector<Problem>& problems_;
  std::vector<std::optional<model::PointHandle>> fixed_;  // by slot
  std::vector<Binding> out_;
  std::string ambiguous_;
  std::size_t ambiguous_at_ = 0;
  bool failed_ = false;
};

}  // namespace

std::vector<Binding> bind_rule(const Rule& rule, const Scopes& scopes, std::vector<Problem>& problems) {
  return Binder(rule, scopes, problems).run();
}

}  // namespace wayside::rules
