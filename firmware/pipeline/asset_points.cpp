#include "pipeline/asset_points.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "model/asset.hpp"

namespace wayside::pipeline {
namespace {

bool is_load(const model::PointInfo& info) {
  return !info.derived && (info.role == "lamp_on" || info.role == "running");
}

// "lamp-3" of "lamp-3.lamp_on"; empty where the point is of the device itself.
std::string instance_of(const model::PointInfo& info) {
  const auto dot = info.name.rfind('.');
  return dot == std::string::npos ? std::string{} : info.name.substr(0, dot);
}

model::PointInfo base_of(const model::PointInfo& source) {
  model::PointInfo info;
  info.device = source.device;
  info.labels = source.labels;
  info.bus = source.bus;
  info.profile = source.profile;
  info.profile_version = source.profile_version;
  info.data_class = source.data_class;
  info.place = source.place;
  info.derived = true;
  return info;
}

// Those that all points of the device share: what makes it the device that rules choose by label.
std::map<std::string, std::string> common_labels(const model::PointTable& points, const model::DeviceId& device) {
  std::optional<std::map<std::string, std::string>> out;
  for (const auto& info : points.infos()) {
    if (info.device != device) continue;
    if (!out) out = info.labels;
    std::erase_if(*out, [&info](const auto& label) {
      const auto found = info.labels.find(label.first);
      return found == info.labels.end() || found->second != label.second;
    });
  }
  return out.value_or(std::map<std::string, std::string>{});
}

void add(model::PointTable& points, model::PointInfo info, const std::string& prefix, std::string_view what,
         const char* unit, std::string meaning) {
  info.name = asset_point(prefix, what);
  if (points.find(info.device, info.name)) return;
  info.metric = "asset_" + std::string(what);
  info.unit = unit;
  info.meaning = std::move(meaning);
  info.source = "asset record";
  points.add(std::move(info));
}

void add_load(model::PointTable& points, const LoadPoint& load) {
  const auto source = points.info(load.point);  // a copy: adding moves the table
  auto info = base_of(source);
  // Loads without an instance of their own are told apart by this; one that is alone needs nothing.
  if (!load.prefix.empty() && !load.behind) info.labels["load"] = load.name;
  add(points, info, load.prefix, kBurnHours, "h", "Hours in which " + source.name + " was seen to be on.");
  add(points, info, load.prefix, kSwitchCycles, "1", "Times " + source.name + " was seen to go on.");
}

}  // namespace

std::string_view asset_meaning(std::string_view metric) {
  if (metric == asset_point("", kRunningHours)) return "Hours in which the device answered.";
  if (metric == asset_point("", kBurnHours))
    return "Hours in which the load (a lamp, a pump, a relay) was seen to be on.";
  if (metric == asset_point("", kSwitchCycles)) return "Times the load (a lamp, a pump, a relay) was seen to go on.";
  return {};
}

std::string asset_point(std::string_view prefix, std::string_view what) {
  return std::string(prefix) + "asset_" + std::string(what);
}

std::vector<DeviceLoads> find_loads(const model::PointTable& points, const std::vector<model::DeviceId>& devices) {
  std::map<model::DeviceId, std::size_t> index;
  for (const auto& id : devices) index.emplace(id, index.size());
  std::vector<DeviceLoads> out(devices.size());
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    const auto& info = points.infos()[i];
    const auto found = index.find(info.device);
    if (!is_load(info) || found == index.end()) continue;
    auto& device = out[found->second];
    if (device.loads.size() == model::AssetRecord::kMostLoads) {
      ++device.dropped;
      continue;
    }
    const auto instance = instance_of(info);
    const auto name = instance.empty() ? info.name : instance;
    // Two loads of one instance (a lamp's relay and its light) need both their names.
    const bool taken = std::ranges::find(device.loads, name, &LoadPoint::name) != device.loads.end();
    device.loads.push_back({model::PointHandle{i}, taken ? info.name : name, !instance.empty(), {}});
    device.loads.back().prefix = device.loads.back().name + ".";
  }
  for (auto& device : out) {
    if (device.loads.size() != 1 || device.dropped > 0) continue;
    if (auto& only = device.loads.front(); !only.behind) only.prefix.clear();
  }
  return out;
}

void add_asset_points(model::PointTable& points, const std::vector<model::DeviceId>& devices) {
  std::map<model::DeviceId, std::uint32_t> first;
  for (std::uint32_t i = 0; i < points.size(); ++i) first.emplace(points.infos()[i].device, i);
  const auto loads = find_loads(points, devices);
  for (std::size_t d = 0; d < devices.size(); ++d) {
    const auto found = first.find(devices[d]);
    if (found == first.end()) continue;  // a device without points is not measured at all
    auto info = base_of(points.infos()[found->second]);
    info.data_class = model::DataClass::internal;
    info.labels = common_labels(points, devices[d]);
    add(points, std::move(info), "", kRunningHours, "h", "Hours in which the device answered.");
    for (const auto& load : loads[d].loads) add_load(points, load);
  }
}

}  // namespace wayside::pipeline
