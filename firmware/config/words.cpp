#include "config/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "device/firmware_version.hpp"

namespace wayside::config {

std::string read_version(const Value& value) {
  auto version = value.scalar().value_or("");
  if (version.find_first_of("0123456789") == std::string::npos) value.expected("a version such as \"2.3.0\"");
  return version;
}

void read_mappings(MapReader& map, std::map<std::string, std::string>& maps_to,
                   std::map<std::string, std::string>& unverified) {
  if (const auto v = map.find("maps_to")) maps_to = v->scalars();
  const auto v = map.find("maps_to_unverified");
  if (!v) return;
  unverified = v->scalars();
  for (const auto& [model, name] : unverified) {
    if (maps_to.contains(model)) v->problem(fmt::format("'{}' stands in 'maps_to' too: write one of them", model));
  }
}

void read_releases(MapReader& map, std::string& since, std::string& changed) {
  if (const auto v = map.find("since")) since = read_version(*v);
  if (const auto v = map.find("changed")) {
    changed = read_version(*v);
    if (!since.empty() && device::compare_firmware(changed, since) < 0) v->problem("'changed' lies before 'since'");
  }
}

std::vector<device::RetiredPoint> read_retired(const Value& list, const std::string& since) {
  std::vector<device::RetiredPoint> out;
  for (const auto& item : list.items()) {
    MapReader map(item);
    device::RetiredPoint point;
    point.since = since;
    if (const auto v = map.need("name")) take(point.metric, v->metric_name());
    if (const auto v = map.find("unit")) take(point.unit, v->scalar());
    if (const auto v = map.find("class")) take(point.data_class, v->choice(kDataClasses));
    if (const auto v = map.find("meaning")) take(point.meaning, v->text());
    if (const auto v = map.find("since")) point.since = read_version(*v);
    if (const auto v = map.need("retired")) {
      point.retired = read_version(*v);
      const bool rises = point.since.empty() || device::compare_firmware(point.since, point.retired) < 0;
      if (!rises) v->problem("'retired' must be after 'since'");
    }
    if (const auto v = map.find("replaced_by")) take(point.replaced_by, v->metric_name());
    map.finish();
    const bool again = std::ranges::find(out, point.metric, &device::RetiredPoint::metric) != out.end();
    if (again && !point.metric.empty()) item.problem(fmt::format("'{}' stands twice in 'retired'", point.metric));
    out.push_back(std::move(point));
  }
  return out;
}

}  // namespace wayside::config
