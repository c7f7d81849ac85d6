#include "model/point_table.hpp"

#include "base/assert.hpp"

namespace wayside::model {

PointHandle PointTable::add(PointInfo info) {
  const auto handle = PointHandle{static_cast<std::uint32_t>(infos_.size())};
  const bool fresh = by_id_.emplace(point_id(info.device, info.name), handle).second;
  WAYSIDE_ASSERT(fresh);  // config refuses two devices of one id, a profile two points of one name
  infos_.push_back(std::move(info));
  newest_.push_back(Reading{handle, {}, Quality::uncertain_initial_value, {}});
  return handle;
}

std::optional<PointHandle> PointTable::find(const DeviceId& device, std::string_view name) const {
  const auto found = by_id_.find(point_id(device, name));
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

void PointTable::apply(const Reading& reading) {
  auto& newest = newest_[index(reading.point)];
  if (!std::holds_alternative<std::monostate>(reading.value)) newest.value = reading.value;
  newest.quality = reading.quality;
  newest.at = reading.at;
}

void PointTable::adopt(const PointTable& other) {
  for (std::size_t i = 0; i < infos_.size(); ++i) {
    const auto same = other.find(infos_[i].device, infos_[i].name);
    if (!same || !infos_[i].reads_like(other.info(*same))) continue;
    const auto point = newest_[i].point;
    newest_[i] = other.newest(*same);
    newest_[i].point = point;
  }
}

}  // namespace wayside::model
