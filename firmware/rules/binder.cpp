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
      : rule_(rule), scopes_(scopes), problems_(problems), fixed_(rule.parts.references.size()) {}

  std::vector<Binding> run() {
    if (!resolve_fixed()) return {};
    if (std::ranges::all_of(rule_.parts.references, is_fixed)) {
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
    for (std::size_t i = 0; i < rule_.parts.references.size(); ++i) {
      const Slot& slot = rule_.parts.references[i];
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
    Binding binding{device.id, prefix, {}, {}, {}};
    std::optional<model::PointHandle> home;
    ambiguous_.clear();
    for (std::size_t i = 0; i < rule_.parts.references.size(); ++i) {
      const auto found = find(i, device, prefix);
      if (!found) return false;
      binding.points.push_back(found->point);
      if (!home && found->own) home = found->point;
    }
    if (!home) return false;
    if (!ambiguous_.empty()) {  // told only where all else fits
      if (!failed_) fail(rule_.parts.references[ambiguous_at_], ambiguous_);
      return false;
    }
    binding.home = *home;
    out_.push_back(std::move(binding));
    return true;
  }

  // `own` marks a point that makes the scope what it is: for an instance one of its own, for a device any of it.
  std::optional<Scopes::Found> find(std::size_t slot, const Scopes::Device& device, const std::string& prefix) {
    const PointReference& reference = rule_.parts.references[slot].point;
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
    for (const Slot& slot : rule_.parts.references) {
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
    for (const Slot& slot : rule_.parts.references) {
      if (is_fixed(slot)) continue;
      metrics += fmt::format("{}{}", metrics.empty() ? "" : " and ", to_string(slot.point));
    }
    if (metrics.empty()) metrics = "the points it names";
    return fmt::format("none{} has {}", match.empty() ? "" : fmt::format(" with {}", match), metrics);
  }

  void fail(const Slot& slot, std::string what) {
    problems_.push_back(problem_at(rule_.spec, slot.in_clear, slot.offset, std::move(what)));
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

std::string label_of(const model::PointInfo& info, const std::string& label) {
  if (label == "device") return info.device.value;
  const auto found = info.labels.find(label);
  return found != info.labels.end() ? found->second : "";
}

// A scope fits when each reference finds its metric there, one at least in the scope itself.
std::optional<Member> member_of(const AggregateSpec& spec, const Scopes& scopes, const Scopes::Device& device,
                                std::string_view prefix) {
  Member out;
  std::optional<model::PointHandle> home;
  for (const Slot& slot : spec.inner->parts.references) {
    const auto found = Scopes::resolve(device, prefix, slot.point.metric);
    if (!found || !matches(slot.point.labels, scopes.table().info(found->point))) return std::nullopt;
    out.points.push_back(found->point);
    if (!home && found->own) home = found->point;
  }
  if (!home) return std::nullopt;
  out.home = *home;
  return out;
}

// A rule that only aggregates has an instance for each group that all its aggregations have.
class GroupBinder {
 public:
  GroupBinder(const Rule& rule, const Scopes& scopes, const std::vector<std::vector<Member>>& members,
              const std::string& gateway, std::vector<Problem>& problems)
      : rule_(rule), scopes_(scopes), members_(members), gateway_(gateway), problems_(problems) {}

  std::vector<Binding> run() {
    const auto& specs = rule_.parts.aggregates;
    for (const auto& spec : specs) {
      if (spec.by == specs.front().by) continue;
      fail(spec, fmt::format("{} and {} group by other labels: one rule has one kind of group", spec.text,
                             specs.front().text));
      return {};
    }
    std::map<std::vector<std::string>, Binding> groups;
    for (const auto& member : members_.front()) groups.try_emplace(member.key, binding_of(specs.front(), member));
    for (std::size_t i = 1; i < members_.size(); ++i) {
      std::erase_if(groups, [this, i](const auto& group) {
        return std::ranges::find(members_[i], group.first, &Member::key) == members_[i].end();
      });
    }
    std::vector<Binding> out;
    for (auto& [key, binding] : groups) out.push_back(std::move(binding));
    if (out.empty()) fail(specs.front(), "no point fits all aggregations of this rule");
    return out;
  }

 private:
  Binding binding_of(const AggregateSpec& spec, const Member& member) const {
    Binding out;
    out.device = model::DeviceId{gateway_};
    out.home = member.home;
    for (std::size_t i = 0; i < spec.by.size(); ++i) {
      const auto& label = spec.by[i];
      const auto& value = member.key[i];
      out.group.emplace(label, value);
      if (label == "device") {
        out.device = model::DeviceId{value};
        continue;
      }
      // "feeder-3" of feeder="3", and of feeder="feeder-3".
      out.instance += fmt::format("{}{}", out.instance.empty() ? "" : "-",
                                  value.starts_with(label + "-") ? value : label + "-" + value);
    }
    return out;
  }

  void fail(const AggregateSpec& spec, std::string what) {
    problems_.push_back(problem_at(rule_.spec, spec.in_clear, spec.offset, std::move(what)));
  }

  const Rule& rule_;
  const Scopes& scopes_;
  const std::vector<std::vector<Member>>& members_;
  const std::string& gateway_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::vector<Member> find_members(const AggregateSpec& spec, const model::LabelFilter& match, const Scopes& scopes) {
  std::vector<Member> out;
  const auto take = [&](std::optional<Member> member) {
    if (!member) return false;
    const auto& info = scopes.table().info(member->home);
    if (!matches(match, info)) return false;
    for (const auto& label : spec.by) {
      member->key.push_back(label_of(info, label));
      if (member->key.back().empty()) return false;  // it is in no group
    }
    out.push_back(*std::move(member));
    return true;
  };
  for (const auto& device : scopes.devices()) {
    bool any = false;
    for (const auto& instance : device.instances) any = take(member_of(spec, scopes, device, instance.prefix)) || any;
    if (!any) take(member_of(spec, scopes, device, ""));
  }
  return out;
}

std::vector<std::string> key_of(const AggregateSpec& spec, model::PointHandle home, const model::PointTable& points) {
  std::vector<std::string> out;
  for (const auto& label : spec.by) out.push_back(label_of(points.info(home), label));
  return out;
}

std::vector<Binding> bind_rule(const Rule& rule, const Scopes& scopes, const std::vector<std::vector<Member>>& members,
                               const std::string& gateway, std::vector<Problem>& problems) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!members[i].empty()) continue;
    const auto& spec = rule.parts.aggregates[i];
    std::string why = fmt::format("{} has no member", spec.text);
    for (const Slot& slot : spec.inner->parts.references) {
      if (!scopes.metrics().contains(slot.point.metric)) why = fits_none(scopes, slot.point);
    }
    problems.push_back(problem_at(rule.spec, spec.in_clear, spec.offset, std::move(why)));
    return {};
  }
  if (rule.parts.references.empty()) return GroupBinder(rule, scopes, members, gateway, problems).run();
  return Binder(rule, scopes, problems).run();
}

}  // namespace wayside::rules
