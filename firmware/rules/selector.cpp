#include "rules/selector.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "rules/language/types.hpp"
#include "rules/nearest.hpp"

namespace wayside::rules {
namespace {

std::string label_of(const model::PointInfo& info, const std::string& label) {
  if (label == "device") return info.device.value;
  const auto found = info.labels.find(label);
  return found != info.labels.end() ? found->second : "";
}

void collect(const model::PointTable& table, model::PointHandle point, const PointReference& reference,
             std::vector<model::PointHandle>& out) {
  const auto& info = table.info(point);
  if (info.metric == reference.metric && matches(reference.labels, info)) out.push_back(point);
}

// The label that parts the candidates best: `, lane="..." would tell them apart`.
std::string telling_label(const model::PointTable& table, const std::vector<model::PointHandle>& candidates) {
  std::set<std::string> labels{"device"};
  for (const auto point : candidates) {
    for (const auto& [label, value] : table.info(point).labels) labels.insert(label);
  }
  std::string best;
  std::size_t most = 1;
  for (const auto& label : labels) {
    std::set<std::string> values;
    for (const auto point : candidates) values.insert(label_of(table.info(point), label));
    if (values.size() <= most) continue;
    most = values.size();
    best = label;
  }
  if (best.empty()) return ", their labels are the same";
  return fmt::format(", {}=\"...\" would tell {} apart", best, most == candidates.size() ? "them" : "some of them");
}

}  // namespace

bool names_device(const PointReference& reference) { return reference.labels.contains("device"); }

Picked pick(const Scopes& scopes, const Scopes::Device* device, const PointReference& reference) {
  const auto& table = scopes.table();
  std::vector<model::PointHandle> candidates;
  if (names_device(reference)) {
    for (const auto& one : scopes.devices()) {
      for (const auto point : one.points) collect(table, point, reference, candidates);
    }
  } else {
    for (const auto point : device->points) collect(table, point, reference, candidates);
  }
  Picked out;
  out.candidates = candidates.size();
  if (candidates.size() == 1) {
    out.point = candidates.front();
  } else if (candidates.empty()) {
    out.problem = fits_none(scopes, reference);
  } else {
    const std::string where = names_device(reference) ? "" : fmt::format(" of {}", device->id.value);
    out.problem = fmt::format("{} picks {} points{}{}", to_string(reference), candidates.size(), where,
                              telling_label(table, candidates));
  }
  return out;
}

std::string fits_none(const Scopes& scopes, const PointReference& reference) {
  const model::PointInfo* best = nullptr;
  std::size_t least = 0;
  for (const auto& info : scopes.table().infos()) {
    if (info.metric != reference.metric) continue;
    std::size_t distance = 0;
    for (const auto& [label, value] : reference.labels) distance += base::edit_distance(value, label_of(info, label));
    if (best != nullptr && distance >= least) continue;
    best = &info;
    least = distance;
  }
  if (best == nullptr) {
    return fmt::format("no point has metric \"{}\"{}", reference.metric,
                       nearest_hint(reference.metric, scopes.metrics()));
  }
  PointReference near{best->metric, true, {}};
  for (const auto& [label, value] : reference.labels) {
    if (const auto there = label_of(*best, label); !there.empty()) near.labels.emplace(label, there);
  }
  if (near.labels.empty()) near.labels = best->labels;
  return fmt::format("no point is {} (nearest: {})", to_string(reference), to_string(near));
}

}  // namespace wayside::rules
