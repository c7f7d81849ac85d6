#include "rules/transition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/scopes.hpp"

namespace wayside::rules {
namespace {

// Of an instance the labels of its own point; of a device what all its points in the rule share.
std::map<std::string, std::string> labels_of(const Rule& rule, const Binding& binding,
                                             const model::PointTable& points) {
  const auto& home = points.info(binding.home);
  auto labels = home.labels;
  for (const auto point : binding.points) {
    const auto& info = points.info(point);
    if (!binding.instance.empty() || info.device != binding.device) continue;
    std::erase_if(labels, [&info](const auto& label) { return !matches({label}, info); });
  }
  for (const auto& [label, value] : rule.spec.labels) labels[label] = value;
  return labels;
}

// An older value stands in for one that is too old: the transition says so.
model::Quality quality_of(const Inputs& inputs, model::PointHandle point, base::BootTime now) {
  const auto quality = inputs.table().newest(point).quality;
  return inputs.is_stale(point, now) ? model::worst(quality, model::Quality::uncertain_last_usable) : quality;
}

}  // namespace

std::string alarm_identity(const Rule& rule, const Binding& binding) {
  std::string alarm = fmt::format("{} {}", rule.spec.id(), binding.device.value);
  if (!binding.instance.empty()) alarm += " " + binding.instance;
  return alarm;
}

model::AlarmTransition describe(const Rule& rule, const Binding& binding, const Inputs& inputs,
                                std::optional<double> value, base::BootTime now) {
  const auto& points = inputs.table();
  const auto& home = points.info(binding.home);
  model::AlarmTransition out;
  out.alarm = alarm_identity(rule, binding);
  out.rule = rule.spec.id();
  out.rule_version = rule.version;
  out.severity = rule.spec.severity;
  out.device = binding.device;
  out.place = {home.place.area, rule.spec.department.empty() ? home.place.department : rule.spec.department};
  out.labels = labels_of(rule, binding, points);
  out.data_class = points.info(binding.points.front()).data_class;
  for (const auto point : binding.points) {
    const auto& info = points.info(point);
    out.inputs.push_back({model::point_id(info.device, info.name), info.unit, points.newest(point).value,
                          quality_of(inputs, point, now)});
    out.data_class = model::highest(out.data_class, info.data_class);
  }
  out.summary = rule.summary.render(
      value ? model::to_string(model::Value{*value}) : model::to_string(out.inputs.front().value), out.labels);
  if (out.summary.empty()) out.summary = fmt::format("{} on {}", rule.spec.name, binding.device.value);
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
