// The four measures of every device and point over the last hour and day (definitions: docs/data-quality.md). One
// addition a sample in four rings; reports are made on demand. Home: core; the point table must outlive it.
//
// Memory is fixed when the configuration is loaded. A device has minutes for the hour and hours for the day: 61 + 25
// blocks, 2 KB. A point has quarters for the hour and six hours for the day: 5 + 5 blocks, 256 bytes, where minutes
// would take 2 KB each (20 MB for 10,000 points); its spans therefore reach 60 to 75 minutes and 24 to 30 hours back,
// and `covered` says how far. Counts do not survive a restart: they begin with the configuration.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "model/data_class.hpp"
#include "model/data_quality.hpp"
#include "model/point_table.hpp"
#include "pipeline/quality_gate.hpp"
#include "pipeline/quality_ring.hpp"

namespace wayside::pipeline {

class QualityMeasures {
 public:
  // `devices`: in the gateway's order; points of other devices and computed by the gateway are not measured.
  QualityMeasures(const model::PointTable& points, const std::vector<model::DeviceId>& devices, base::BootTime start);

  void count(const model::Reading& reading, const Verdict& verdict, base::BootTime now);
  void suppressed(model::PointHandle point, base::BootTime now);

  // Of all points of the device together.
  [[nodiscard]] model::Measures device_hour(std::size_t device, base::BootTime now) const;
  [[nodiscard]] model::Measures device_day(std::size_t device, base::BootTime now) const;
  // Points of one class (or of all), in the order of the table; `all` false: only those that are not whole.
  [[nodiscard]] std::vector<model::PointQuality> points_of(std::size_t device, std::optional<model::DataClass> c,
                                                           bool all, base::BootTime now) const;
  [[nodiscard]] const std::vector<std::uint32_t>& points_of_device(std::size_t device) const {
    return devices_[device].points;
  }

 private:
  struct Device {
    QualityRing<60> hour;
    QualityRing<24> day;
    std::vector<std::uint32_t> points;
  };
  struct Point {
    QualityRing<4> hour;
    QualityRing<4> day;
    std::int32_t device = -1;
  };
  void add(model::PointHandle point, const QualityCounts& counts, base::BootTime now);
  [[nodiscard]] std::uint64_t expected(const Device& device, std::chrono::microseconds covered) const;

  const model::PointTable& points_;
  base::BootTime start_;
  std::vector<Device> devices_;
  std::vector<Point> by_point_;
};

}  // namespace wayside::pipeline
