#include "pipeline/quality_measures.hpp"

#include <map>

namespace wayside::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr minutes kDeviceHourBlock{1};
constexpr hours kDeviceDayBlock{1};
constexpr minutes kPointHourBlock{15};
constexpr hours kPointDayBlock{6};

// Samples due in that time. A point without a period cannot be incomplete.
std::uint64_t due(const model::PointInfo& info, std::chrono::microseconds covered) {
  if (info.period.count() <= 0) return 0;
  return static_cast<std::uint64_t>(covered / info.period);
}

QualityCounts counts_of(const model::Reading& reading, const Verdict& verdict) {
  QualityCounts out;
  if (verdict.has(Fault::silent)) return out;
  const auto any = [&verdict](auto... faults) { return (verdict.has(faults) || ...); };
  out.judged = 1;
  out.received = verdict.accepted && !model::is_bad(reading.quality) ? 1 : 0;
  out.inaccurate = any(Fault::range, Fault::sentinel, Fault::rate, Fault::stuck) ? 1 : 0;
  out.inconsistent =
      any(Fault::driver, Fault::type, Fault::outdated, Fault::out_of_order, Fault::repeated, Fault::impossible_time)
          ? 1
          : 0;
  out.late = verdict.has(Fault::late) ? 1 : 0;
  return out;
}

}  // namespace

QualityMeasures::QualityMeasures(const model::PointTable& points, const std::vector<model::DeviceId>& devices,
                                 base::BootTime start)
    : points_(points), start_(start), devices_(devices.size()), by_point_(points.size()) {
  std::map<model::DeviceId, std::int32_t> index;
  for (const auto& id : devices) index.emplace(id, static_cast<std::int32_t>(index.size()));
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    const auto& info = points.infos()[i];
    const auto found = index.find(info.device);
    if (info.derived || found == index.end()) continue;
    by_point_[i].device = found->second;
    devices_[static_cast<std::size_t>(found->second)].points.push_back(i);
  }
}

void QualityMeasures::count(const model::Reading& reading, const Verdict& verdict, base::BootTime now) {
  add(reading.point, counts_of(reading, verdict), now);
}

void QualityMeasures::suppressed(model::PointHandle point, base::BootTime now) {
  QualityCounts one;
  one.suppressed = 1;
  add(point, one, now);
}

void QualityMeasures::add(model::PointHandle handle, const QualityCounts& counts, base::BootTime now) {
  auto& point = by_point_[model::index(handle)];
  if (point.device < 0) return;
  auto& device = devices_[static_cast<std::size_t>(point.device)];
  const auto age = now - start_;
  device.hour.add(counts, age, kDeviceHourBlock);
  device.day.add(counts, age, kDeviceDayBlock);
  point.hour.add(counts, age, kPointHourBlock);
  point.day.add(counts, age, kPointDayBlock);
}

std::uint64_t QualityMeasures::expected(const Device& device, std::chrono::microseconds covered) const {
  std::uint64_t sum = 0;
  for (const auto point : device.points) sum += due(points_.infos()[point], covered);
  return sum;
}

model::Measures QualityMeasures::device_hour(std::size_t index, base::BootTime now) const {
  auto out = devices_[index].hour.sum(now - start_, kDeviceHourBlock);
  out.expected = expected(devices_[index], out.covered);
  return out;
}

model::Measures QualityMeasures::device_day(std::size_t index, base::BootTime now) const {
  auto out = devices_[index].day.sum(now - start_, kDeviceDayBlock);
  out.expected = expected(devices_[index], out.covered);
  return out;
}

std::vector<model::PointQuality> QualityMeasures::points_of(std::size_t device, std::optional<model::DataClass> c,
                                                            bool all, base::BootTime now) const {
  std::vector<model::PointQuality> out;
  for (const auto i : devices_[device].points) {
    const auto& info = points_.infos()[i];
    if (c && info.data_class != *c) continue;
    const auto& point = by_point_[i];
    model::PointQuality one{info.name, point.hour.sum(now - start_, kPointHourBlock),
                            point.day.sum(now - start_, kPointDayBlock)};
    one.hour.expected = due(info, one.hour.covered);
    one.day.expected = due(info, one.day.covered);
    if (all || !one.hour.whole() || !one.day.whole()) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace wayside::pipeline
