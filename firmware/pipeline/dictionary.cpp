#include "pipeline/dictionary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "device/decoder.hpp"
#include "device/firmware_version.hpp"
#include "pipeline/asset_points.hpp"
#include "pipeline/gateway_points.hpp"

namespace wayside::pipeline {
namespace {

using Items = std::vector<DictionaryItem>;

EntryKind kind_of(const device::PointSpec& spec) {
  if (spec.encoding == device::Encoding::text) return EntryKind::text;
  // What is computed from a bit and has a unit is a count of them.
  if (device::is_truth(spec) && (spec.role != "computed" || spec.unit.empty())) return EntryKind::truth;
  return spec.values.empty() ? EntryKind::number : EntryKind::enumeration;
}

// UCUM calls no unit "1".
std::string unit_of(const std::string& unit) { return unit == "1" ? std::string() : unit; }

void add_mappings(std::map<std::string, Mapping>& out, const std::map<std::string, std::string>& names, bool verified) {
  for (const auto& [model, name] : names) out.emplace(model, Mapping{name, verified});
}

void set_origin(DictionaryItem& item, std::string name, std::uint32_t version, std::string from) {
  item.origin = {std::move(name),     version, std::move(from), item.entry.meaning, item.entry.valid_min,
                 item.entry.valid_max};
}

DictionaryItem item_of(const device::Profile& profile, const device::PointSpec& spec, const std::string& department) {
  DictionaryItem item;
  auto& entry = item.entry;
  entry.metric = spec.metric;
  entry.kind = kind_of(spec);
  entry.unit = entry.kind == EntryKind::number ? unit_of(spec.unit) : std::string();
  entry.values = spec.values;
  entry.valid_min = spec.valid_min;
  entry.valid_max = spec.valid_max;
  entry.data_class = spec.data_class;
  entry.meaning = spec.meaning;
  entry.definition = spec.definition;
  if (!department.empty()) entry.departments.insert(department);
  for (const auto& [label, value] : spec.labels) entry.instances.insert(label);
  add_mappings(entry.maps_to, spec.maps_to, true);
  add_mappings(entry.maps_to, spec.maps_to_unverified, false);
  entry.since = spec.since.empty() ? profile.since : spec.since;
  entry.changed = spec.changed;
  const bool computed = spec.role == "computed";
  set_origin(item, profile.name, profile.version, computed ? "computed by family " + profile.family : spec.source());
  return item;
}

DictionaryItem item_of(const device::Profile& profile, const device::RetiredPoint& point,
                       const std::string& department) {
  DictionaryItem item;
  auto& entry = item.entry;
  entry.metric = point.metric;
  entry.unit = unit_of(point.unit);
  entry.data_class = point.data_class;
  entry.meaning = point.meaning;
  if (!department.empty()) entry.departments.insert(department);
  entry.since = point.since;
  entry.retired = point.retired;
  entry.replaced_by = point.replaced_by;
  set_origin(item, profile.name, profile.version, {});
  return item;
}

// What its rule says of a derived point beyond what the table has.
void add_rule(DictionaryEntry& entry, const model::RuleSpec& rule) {
  const auto& recorded = *rule.recorded;
  entry.definition = recorded.definition.empty() ? rule.expr.text : recorded.definition;
  add_mappings(entry.maps_to, recorded.maps_to, true);
  add_mappings(entry.maps_to, recorded.maps_to_unverified, false);
  entry.since = recorded.since;
  entry.changed = recorded.changed;
}

// Labels of the site differ from device to device and are no instances: only what a point's own name has.
std::string instance_of(const model::PointInfo& info) {
  const auto dash = info.name.find('-');
  const auto dot = info.name.find('.');
  if (dash == std::string::npos || dot == std::string::npos || dash > dot) return {};
  return info.name.substr(0, dash);
}

bool say_the_same(const DictionaryItem& a, const DictionaryItem& b) {
  const auto key = [](const DictionaryItem& item) {
    const auto& e = item.entry;
    return std::tie(item.origin.name, e.unit, e.kind, e.data_class, e.values, e.meaning, e.valid_min, e.valid_max);
  };
  return key(a) == key(b);
}

// Adds what one more origin says to the entry of its metric.
class Merger {
 public:
  Merger(DictionaryEntry& entry, std::vector<std::string>& contradictions)
      : entry_(entry), contradictions_(contradictions) {}

  // Retired items only fill the gaps: they are no contradiction to what is sent now.
  void add(const DictionaryItem& item, bool again) {
    const auto& other = item.entry;
    entry_.departments.insert(other.departments.begin(), other.departments.end());
    entry_.instances.insert(other.instances.begin(), other.instances.end());
    if (again) return;
    if (other.retired.empty()) {
      compare(item);
      widen(other);
      ++meanings_[other.meaning];
    }
    if (entry_.definition.empty()) entry_.definition = other.definition;
    const bool earlier = entry_.since.empty() || device::compare_firmware(other.since, entry_.since) < 0;
    if (!other.since.empty() && earlier) entry_.since = other.since;
    if (device::compare_firmware(other.changed, entry_.changed) > 0) entry_.changed = other.changed;
    entry_.origins.push_back(item.origin);
  }

  void finish() {
    const auto most = std::ranges::max_element(meanings_, {}, [](const auto& told) { return told.second; });
    if (most != meanings_.end()) entry_.meaning = most->first;
    for (auto& origin : entry_.origins) {
      if (origin.meaning == entry_.meaning) origin.meaning.clear();
      const bool same = origin.valid_min == entry_.valid_min && origin.valid_max == entry_.valid_max;
      if (same) origin.valid_min = origin.valid_max = std::nullopt;
    }
    std::ranges::sort(entry_.origins, {}, &DictionaryOrigin::name);
  }

 private:
  void compare(const DictionaryItem& item) {
    const auto& other = item.entry;
    const auto differs = [&](std::string_view what, std::string_view here, std::string_view there) {
      if (here == there) return;
      contradictions_.push_back(
          fmt::format("{}: {} '{}' in {} and '{}' in {}", entry_.metric, what, here, first_, there, item.origin.name));
    };
    if (first_.empty()) {
      first_ = item.origin.name;
    } else {
      differs("value", to_string(entry_.kind), to_string(other.kind));
      differs("unit", entry_.unit, other.unit);
      differs("class", to_string(class_), to_string(other.data_class));
    }
    for (const auto& [number, name] : other.values) {
      const auto [known, added] = entry_.values.try_emplace(number, name);
      if (!added) differs(fmt::format("the name of {}", number), known->second, name);
    }
    for (const auto& [model, mapping] : other.maps_to) {
      const auto [known, added] = entry_.maps_to.try_emplace(model, mapping);
      if (!added) differs(model, known->second.name, mapping.name);
      known->second.verified = known->second.verified || mapping.verified;
    }
    entry_.data_class = model::highest(entry_.data_class, other.data_class);
  }

  void widen(const DictionaryEntry& other) {
    const auto wider = [](std::optional<double>& own, const std::optional<double>& its, bool up) {
      if (own && its) own = up ? std::max(*own, *its) : std::min(*own, *its);
      if (!its) own.reset();
    };
    wider(entry_.valid_min, other.valid_min, false);
    wider(entry_.valid_max, other.valid_max, true);
  }

  DictionaryEntry& entry_;
  std::vector<std::string>& contradictions_;
  std::string first_;  // origin of what the entry says
  model::DataClass class_ = entry_.data_class;
  std::map<std::string, std::size_t> meanings_;
};

}  // namespace

std::string_view to_string(EntryKind kind) {
  switch (kind) {
    case EntryKind::number: return "number";
    case EntryKind::truth: return "truth";
    case EntryKind::enumeration: return "enumeration";
    case EntryKind::text: return "text";
  }
  return "?";
}

Items dictionary_items(const device::Profile& profile, std::span<const device::PointSpec> points,
                       const std::string& department) {
  const auto& whose = department.empty() ? profile.department : department;
  Items out;
  for (const auto& spec : points) out.push_back(item_of(profile, spec, whose));
  for (const auto& point : profile.retired) out.push_back(item_of(profile, point, whose));
  return out;
}

void DictionaryItems::add(Items items) {
  for (auto& item : items) {
    const auto& e = item.entry;
    auto key = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", item.origin.name, e.metric, e.unit, to_string(e.kind),
                           to_string(e.data_class), fmt::join(e.departments, ","), fmt::join(e.instances, ","));
    if (seen_.insert(std::move(key)).second) items_.push_back(std::move(item));
  }
}

Items dictionary_items(const model::PointTable& points, std::span<const model::RuleSpec> rules) {
  std::map<std::string, const model::RuleSpec*> by_source;
  for (const auto& rule : rules) {
    if (rule.recorded) by_source.emplace("rule " + rule.id(), &rule);
  }
  Items out;
  std::set<std::tuple<std::string, std::string, std::string, std::string, model::DataClass>> seen;
  for (const auto& info : points.infos()) {
    const bool own = info.source == "gateway";
    if (!info.derived && !own) continue;
    const auto instance = instance_of(info);
    // Each device of a site has its hours: one says it for all.
    if (!seen.emplace(info.source, info.metric, info.place.department, instance, info.data_class).second) continue;
    DictionaryItem item;
    auto& entry = item.entry;
    entry.metric = info.metric;
    entry.unit = unit_of(info.unit);
    entry.valid_min = info.valid_min;
    entry.valid_max = info.valid_max;
    entry.data_class = info.data_class;
    entry.kind = own && is_gateway_truth(info.metric) ? EntryKind::truth : EntryKind::number;
    entry.derived = info.derived;
    entry.meaning = info.meaning;
    if (const auto asset = asset_meaning(info.metric); !asset.empty() && info.source == "asset record") {
      entry.meaning = asset;
    }
    if (!info.place.department.empty()) entry.departments.insert(info.place.department);
    if (!instance.empty()) entry.instances.insert(instance);
    const auto rule = by_source.find(info.source);
    if (rule != by_source.end()) add_rule(entry, *rule->second);
    set_origin(item, rule == by_source.end() ? info.source : rule->second->id(), 0, info.source);
    out.push_back(std::move(item));
  }
  return out;
}

Dictionary make_dictionary(Items items) {
  // Those that are sent first: the entry is theirs.
  std::ranges::stable_sort(items, [](const DictionaryItem& a, const DictionaryItem& b) {
    const auto key = [](const DictionaryItem& item) {
      return std::tuple(std::string_view(item.entry.metric), !item.entry.retired.empty(),
                        std::string_view(item.origin.name));
    };
    return key(a) < key(b);
  });
  Dictionary out;
  for (auto it = items.begin(); it != items.end();) {
    const auto end = std::find_if(it, items.end(),
                                  [&it](const DictionaryItem& item) { return item.entry.metric != it->entry.metric; });
    auto& entry = out.entries.emplace_back(it->entry);
    Merger merger(entry, out.contradictions);
    const auto first = it;
    for (; it != end; ++it) {
      // Lane 2 says what lane 1 of the product has said.
      const bool again =
          std::any_of(first, it, [&it](const DictionaryItem& other) { return say_the_same(*it, other); });
      merger.add(*it, again);
    }
    merger.finish();
  }
  return out;
}

}  // namespace wayside::pipeline
