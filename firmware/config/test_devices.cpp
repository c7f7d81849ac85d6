#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/devices.hpp"
#include "config/scalars.hpp"
#include "config/test_reader.hpp"

namespace wayside::config {
namespace {

constexpr std::chrono::milliseconds kShortestPeriod{20};

bool is_point_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && std::ranges::all_of(name, fits) && name.front() != '.' && name.back() != '.' &&
         std::ranges::count(name, '.') <= 1;
}

std::map<std::int64_t, std::string> read_values(const Value& value) {
  std::map<std::int64_t, std::string> out;
  for (const auto& [key, name] : MapReader(value).entries()) {
    const auto number = parse_integer(key.raw());
    const auto word = name.scalar();
    if (!number) key.expected("a whole number");
    if (number && word) out.emplace(*number, *word);
  }
  return out;
}

std::optional<TestDevice::Point> read_point(const Value& value) {
  TestDevice::Point out;
  MapReader map(value);
  out.place = value.place();
  if (const auto v = map.need("name")) {
    take(out.name, v->text());
    if (!out.name.empty() && !is_point_name(out.name)) {
      v->expected("a point such as power, or lane-1.volume");
      out.name.clear();
    }
  }
  if (const auto v = map.find("unit")) take(out.unit, v->scalar());
  if (const auto v = map.find("values")) out.values = read_values(*v);
  if (const auto v = map.find("labels")) out.labels = v->scalars();
  if (const auto v = map.find("period")) {
    if (const auto period = v->duration(kShortestPeriod, kLongestTest)) out.period = *period;
  }
  map.finish();
  if (out.name.empty()) return std::nullopt;
  return out;
}

void read_points(const Value& list, TestDevice& device) {
  for (const auto& item : list.items()) {
    auto point = read_point(item);
    if (!point) continue;
    const auto twin = std::ranges::find(device.points, point->name, &TestDevice::Point::name);
    if (twin != device.points.end()) {
      item.problem(fmt::format("point '{}' stands twice; the first is on line {}", point->name, twin->place.line));
    } else {
      device.points.push_back(*std::move(point));
    }
  }
}

std::optional<TestDevice> read_device(const Value& value, ProfileIndex& profiles, Families families) {
  TestDevice out;
  MapReader map(value);
  out.config.place = value.place();
  if (const auto v = map.need("id")) {
    if (auto id = v->id()) out.config.id = model::DeviceId{*std::move(id)};
  }
  const auto points = map.find("points");
  out.has_profile = map.has("profile") || !points;
  if (points && out.has_profile) points->problem("a device has a 'profile' or 'points', not both");
  if (out.has_profile) {
    read_profile_and_options(map, profiles, families, out.config);
  } else {
    read_points(*points, out);
  }
  if (const auto v = map.find("period")) {
    if (const auto period = v->duration(kShortestPeriod, kLongestTest)) out.period = *period;
  }
  if (const auto v = map.find("labels")) read_labels(*v, out.config);
  if (const auto v = map.find("department")) take(out.config.responsible.department, v->text());
  map.finish();
  if (out.config.id.empty()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<TestPoint> read_test_point(const Value& value) {
  const auto name = value.text();
  if (!name) return std::nullopt;
  const auto dot = name->find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name->size()) {
    value.expected("a point such as device.power, or device.lane-1.volume");
    return std::nullopt;
  }
  return TestPoint{name->substr(0, dot), name->substr(dot + 1), value.place()};
}

std::vector<TestDevice> read_test_devices(const Value& list, ProfileIndex& profiles, Families families) {
  std::vector<TestDevice> out;
  for (const auto& item : list.items()) {
    auto device = read_device(item, profiles, families);
    if (!device) continue;
    const auto twin =
        std::ranges::find(out, device->config.id, [](const TestDevice& other) { return other.config.id; });
    if (twin != out.end()) {
      item.problem(fmt::format("device id '{}' stands twice; the first is on line {}", device->config.id.value,
                               twin->config.place.line));
    } else {
      out.push_back(*std::move(device));
    }
  }
  return out;
}

}  // namespace wayside::config
