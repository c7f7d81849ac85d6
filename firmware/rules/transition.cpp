#include "rules/transition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/inputs.hpp"
#include "rules/scopes.hpp"

namespace wayside::rules {
namespace {

// Of a group its own; of an instance the labels of its own point; of a device what all its points in the rule share.
std::map<std::string, std::string> labels_of(const Rule& rule, const Subject& subject,
                                             const model::PointTable& points) {
  std::map<std::string, std::string> labels;
  if (subject.group != nullptr) {
    labels = *subject.group;
    labels.try_emplace("device", subject.device.value);
  } else {
    labels = points.info(subject.home).labels;
    for (const auto point : subject.points) {
      const auto& info = points.info(point);
      if (!subject.instance.empty() || info.device != subject.device) continue;
      std::erase_if(labels, [&info](const auto& label) { return !matches({label}, info); });
    }
  }
  for (const auto& [label, value] : rule.spec.labels) labels[label] = value;
  return labels;
}

// An older value stands in for one that is too old: the transition says so.
model::Quality quality_of(const model::PointTable& points, model::PointHandle point, base::BootTime now) {
  const auto quality = points.newest(point).quality;
  return is_stale(points, point, now) ? model::worst(quality, model::Quality::uncertain_last_usable) : quality;
}

}  // namespace

std::string alarm_identity(const Rule& rule, std::string_view device, std::string_view instance) {
  return fmt::format("{} {}{}{}", rule.spec.id(), device, instance.empty() ? "" : " ", instance);
}

model::AlarmTransition describe(const Rule& rule, const Subject& subject, const model::PointTable& points,
                                const Fillings& fillings, base::BootTime now) {
  const auto& home = points.info(subject.home);
  model::AlarmTransition out;
  out.alarm = alarm_identity(rule, subject.device.value, subject.instance);
  out.rule = rule.spec.id();
  out.rule_version = rule.version;
  out.severity = rule.spec.severity;
  out.device = subject.device;
  out.place = {home.place.area, rule.spec.department.empty() ? home.place.department : rule.spec.department};
  out.labels = labels_of(rule, subject, points);
  out.data_class = home.data_class;
  for (const auto point : subject.points) {
    const auto& info = points.info(point);
    out.inputs.push_back({model::point_id(info.device, info.name), info.unit, points.newest(point).value,
                          quality_of(points, point, now)});
    out.data_class = model::highest(out.data_class, info.data_class);
  }
  const auto first = out.inputs.empty() ? model::Value{} : out.inputs.front().value;
  std::vector<std::string> results;
  for (const auto& result : fillings.results) {
    results.push_back(result ? model::to_string(model::Value{*result}) : std::string());
  }
  const auto shown = model::to_string(fillings.value ? model::Value{*fillings.value} : first);
  out.summary = rule.summary.render(shown, out.labels, results);
  if (out.summary.empty()) out.summary = fmt::format("{} on {}", rule.spec.name, subject.device.value);
  out.at = now;
  return out;
}

model::AlarmTransition describe_removed(const model::AlarmRecord& record, base::BootTime now) {
  model::AlarmTransition out;
  out.alarm = record.alarm;
  out.rule = record.alarm.substr(0, record.alarm.find(' '));
  out.rule_version = record.rule_version;
  out.severity = record.severity;
  out.device = record.device;
  out.labels["device"] = record.device.value;
  out.place = record.place;
  out.data_class = record.data_class;
  out.summary = record.summary;
  out.at = now;
  return out;
}

}  // namespace wayside::rules
