// The points of the running config: what each means (constant), and its newest reading.
// Home: core. Built once per config; handles are positions in it and change meaning with a new config.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/data_class.hpp"
#include "model/dead_band.hpp"
#include "model/ids.hpp"
#include "model/place.hpp"
#include "model/reading.hpp"

namespace wayside::model {

struct PointInfo {
  DeviceId device;
  std::string name;                           // within the device: "power_total", "lane-2.volume"
  std::string metric;                         // what rules call it: "power_total", "volume"
  std::map<std::string, std::string> labels;  // family, device, instance ("lane": "2"), the site's own
  std::string unit;                           // UCUM, "" where none
  DataClass data_class = DataClass::internal;
  std::string meaning;                         // one sentence for the data dictionary
  std::map<std::int64_t, std::string> values;  // of an enumeration: what its numbers are called
  BusId bus;
  std::string source;  // where on the device: "input 52 f32 ABCD"
  std::string profile;
  std::uint32_t profile_version = 0;
  std::chrono::microseconds period{};  // between samples, as configured
  std::optional<double> valid_min;
  std::optional<double> valid_max;
  std::optional<double> max_rate;                        // units a second
  std::optional<std::chrono::microseconds> stuck_after;  // unchanged that long: it is stuck
  std::optional<DeadBand> dead_band;
  std::string role;  // what it is for its device: "lamp_on", "running", ...
  Responsibility place;
  bool derived = false;

  // A reading of one means the same as one of the other.
  [[nodiscard]] bool reads_like(const PointInfo& other) const {
    return device == other.device && name == other.name && metric == other.metric && unit == other.unit &&
           source == other.source && period == other.period && values == other.values && derived == other.derived;
  }
};

class PointTable {
 public:
  PointHandle add(PointInfo info);

  [[nodiscard]] std::size_t size() const { return infos_.size(); }
  [[nodiscard]] const PointInfo& info(PointHandle point) const { return infos_[index(point)]; }
  [[nodiscard]] std::span<const PointInfo> infos() const { return infos_; }
  [[nodiscard]] std::optional<PointHandle> find(const DeviceId& device, std::string_view name) const;

  // The newest reading; before the first one its quality is uncertain_initial_value and it has no value.
  [[nodiscard]] const Reading& newest(PointHandle point) const { return newest_[index(point)]; }
  // Takes a reading; one without a value keeps the last value (quality bad, never a zero).
  void apply(const Reading& reading);
  // Takes over the newest readings of those points of another table that mean the same.
  void adopt(const PointTable& other);

 private:
  std::vector<PointInfo> infos_;
  std::vector<Reading> newest_;
  std::map<std::string, PointHandle, std::less<>> by_id_;
};

}  // namespace wayside::model
