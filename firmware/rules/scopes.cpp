#include "rules/scopes.hpp"

#include <algorithm>

namespace wayside::rules {

std::string_view instance_of(const model::PointInfo& info) {
  const std::string_view name = info.name;
  const auto dot = name.rfind('.');
  if (name == info.metric || dot == std::string_view::npos) return {};
  return name.substr(0, dot);
}

bool matches(const model::LabelFilter& filter, const model::PointInfo& info) {
  return std::ranges::all_of(filter, [&info](const auto& wanted) {
    if (wanted.first == "device") return wanted.second == info.device.value;
    const auto found = info.labels.find(wanted.first);
    return found != info.labels.end() && found->second == wanted.second;
  });
}

Scopes::Scopes(const model::PointTable& points) : points_(points) {
  for (std::size_t i = 0; i < points.size(); ++i) add(model::PointHandle{static_cast<std::uint32_t>(i)});
}

const Scopes::Device& Scopes::device_of(model::PointHandle point) const {
  return devices_[position_.find(points_.info(point).device)->second];
}

void Scopes::add(model::PointHandle point) {
  const auto& info = points_.info(point);
  const auto [at, fresh] = position_.emplace(info.device, devices_.size());
  if (fresh) {
    devices_.push_back({info.device, {}, {}, info.labels, {}});
    devices_.back().labels["device"] = info.device.value;
  }
  Device& device = devices_[at->second];
  device.points.push_back(point);
  metrics_.insert(info.metric);
  std::erase_if(device.labels, [&info](const auto& label) { return !matches({label}, info); });

  const std::string prefix(instance_of(info));
  device.by_path.emplace(prefix.empty() ? info.metric : prefix + "." + info.metric, point);
  if (prefix.empty() || std::ranges::find(device.instances, prefix, &Instance::prefix) != device.instances.end())
    return;
  device.instances.push_back({prefix, point});
}

std::optional<Scopes::Found> Scopes::resolve(const Device& device, std::string_view prefix, std::string_view metric) {
  const auto look = [&device](const std::string& path, bool own) -> std::optional<Found> {
    const auto found = device.by_path.find(path);
    if (found == device.by_path.end()) return std::nullopt;
    return Found{found->second, own};
  };
  if (!prefix.empty()) {
    if (auto found = look(std::string(prefix) + "." + std::string(metric), true)) return found;
  }
  return look(std::string(metric), prefix.empty());
}

}  // namespace wayside::rules
