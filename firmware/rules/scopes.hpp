// The point table as rules see it: devices, and within a device its instances (lanes, phases, zones). A point
// "lane-2.volume" of metric "volume" stands in instance "lane-2"; a point without a dot belongs to the device.
// Built while rules are compiled and then dropped. The point table must outlive it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/point_table.hpp"
#include "model/rule_spec.hpp"

namespace wayside::rules {

// "lane-2" of "lane-2.volume"; empty where the point belongs to the device itself.
[[nodiscard]] std::string_view instance_of(const model::PointInfo& info);
// All of the filter's labels are equal. `device` is the id, also where the labels leave it out.
[[nodiscard]] bool matches(const model::LabelFilter& filter, const model::PointInfo& info);

class Scopes {
 public:
  struct Instance {
    std::string prefix;  // "lane-2"
    model::PointHandle first{};
  };
  struct Device {
    model::DeviceId id;
    std::vector<model::PointHandle> points;
    std::vector<Instance> instances;
    model::LabelFilter labels;                                       // those that all its points share
    std::map<std::string, model::PointHandle, std::less<>> by_path;  // "lane-2.volume", "occupancy"
  };
  struct Found {
    model::PointHandle point{};
    bool own = false;  // in the instance itself and not in what stands around it
  };

  explicit Scopes(const model::PointTable& points);

  [[nodiscard]] const std::vector<Device>& devices() const { return devices_; }
  [[nodiscard]] const Device& device_of(model::PointHandle point) const;
  [[nodiscard]] const model::PointTable& table() const { return points_; }
  [[nodiscard]] const std::set<std::string>& metrics() const { return metrics_; }

  // A bare metric, from the inside out: instance, then device.
  [[nodiscard]] static std::optional<Found> resolve(const Device& device, std::string_view prefix,
                                                    std::string_view metric);

 private:
  void add(model::PointHandle point);

  const model::PointTable& points_;
  std::vector<Device> devices_;
  std::map<model::DeviceId, std::size_t> position_;
  std::set<std::string> metrics_;
};

}  // namespace wayside::rules
