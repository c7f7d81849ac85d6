#include "config/point_info.hpp"

namespace wayside::config {

model::PointInfo point_info(const DeviceConfig& device, const device::PointSpec& spec) {
  model::PointInfo info;
  info.device = device.id;
  info.name = spec.name;
  info.metric = spec.metric;
  info.labels = device.labels;
  info.labels["device"] = device.id.value;
  info.labels["family"] = device.profile.family;
  for (const auto& [key, value] : spec.labels) info.labels[key] = value;
  info.unit = spec.unit;
  info.data_class = spec.data_class;
  info.meaning = spec.meaning;
  info.values = spec.values;
  info.bus = device.bus;
  info.source = spec.source();
  info.profile = device.profile.name;
  info.profile_version = device.profile.version;
  info.period = spec.period.value_or(device.period);
  info.valid_min = spec.valid_min;
  info.valid_max = spec.valid_max;
  info.max_rate = spec.max_rate;
  info.stuck_after = spec.stuck_after;
  if (const auto& band = spec.dead_band)
    info.dead_band = model::DeadBand{band->absolute, band->percent, band->at_least};
  info.role = spec.role;
  info.place = device.responsible;
  return info;
}

}  // namespace wayside::config
