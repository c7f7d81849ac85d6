#include "config/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "config/raw_values.hpp"
#include "config/scalars.hpp"
#include "config/words.hpp"
#include "config/writes.hpp"
#include "device/decoder.hpp"
#include "device/firmware_version.hpp"

namespace wayside::config {
namespace {

using device::Encoding;
using device::PointSpec;

constexpr std::chrono::seconds kShortestStuck{1};
constexpr std::chrono::hours kLongestStuck{24 * 30};
constexpr std::int64_t kMostInstances = 1000;
constexpr std::size_t kMostPoints = 2000;

void read_range(const Value& list, PointSpec& point) {
  const auto items = list.items();
  if (items.size() != 2) {
    list.problem(fmt::format("expected [least, most] for 'range', found {} items", items.size()));
    return;
  }
  point.valid_min = items[0].number();
  point.valid_max = items[1].number();
  if (point.valid_min && point.valid_max && *point.valid_min >= *point.valid_max) {
    list.problem(fmt::format("'range' must rise: {} is not below {}", items[0].raw(), items[1].raw()));
  }
}

void read_dead_band(const Value& value, PointSpec& point) {
  MapReader map(value);
  device::DeadBand band;
  if (const auto v = map.find("absolute")) take(band.absolute, v->number(0, 1e15));
  if (const auto v = map.find("percent")) take(band.percent, v->number(0, 100));
  if (const auto v = map.find("at_least")) take(band.at_least, v->duration(kShortestPeriod, kLongestPeriod));
  map.finish();
  if (value.is_map() && band.absolute == 0 && band.percent == 0) {
    value.problem("'dead_band' needs 'absolute' or 'percent' above 0");
  }
  point.dead_band = band;
}

// The raw values with a meaning of their own.
void read_raw(MapReader& map, PointSpec& point) {
  const auto read = [&](const char* key, std::vector<device::RawRange>& into) {
    if (const auto v = map.find(key)) into = read_raw_ranges(*v, point.encoding);
  };
  read("error_values", point.error_values);
  read("unsupported_values", point.unsupported_values);
  read("true_when", point.true_when);
  read("only_when", point.only_when);
  if (const auto v = map.find("values")) point.values = read_value_names(*v, point.encoding);
}

// What is looked at over time, by the quality gate.
void read_over_time(MapReader& map, PointSpec& point) {
  if (const auto v = map.find("max_rate")) {
    take(point.max_rate, v->number());
    if (point.max_rate && *point.max_rate <= 0) v->problem("'max_rate' must be above 0");
  }
  if (const auto v = map.find("stuck_after")) take(point.stuck_after, v->duration(kShortestStuck, kLongestStuck));
  if (const auto v = map.find("dead_band")) read_dead_band(*v, point);
}

void read_firmware(MapReader& map, PointSpec& point) {
  if (const auto v = map.find("since_firmware")) point.since_firmware = read_version(*v);
  if (const auto v = map.find("until_firmware")) {
    point.until_firmware = read_version(*v);
    const bool rises =
        point.since_firmware.empty() || device::compare_firmware(point.since_firmware, point.until_firmware) < 0;
    if (!rises) v->problem("'until_firmware' must be after 'since_firmware'");
  }
}

void read_meaning(MapReader& map, PointSpec& point) {
  read_scale(map, point);
  if (const auto v = map.find("unit")) take(point.unit, v->scalar());
  if (const auto v = map.find("range")) read_range(*v, point);
  if (const auto v = map.find("period")) take(point.period, v->duration(kShortestPeriod, kLongestPeriod));
  if (const auto v = map.find("class")) take(point.data_class, v->choice(kDataClasses));
  if (const auto v = map.find("role")) take(point.role, v->text());
  if (const auto v = map.find("meaning")) take(point.meaning, v->text());
  if (const auto v = map.find("definition")) take(point.definition, v->text());
  read_mappings(map, point.maps_to, point.maps_to_unverified);
  read_releases(map, point.since, point.changed);
}

// Keys that say nothing about this kind of value, and so are a mistake about its kind.
void check_kind(MapReader& map, const PointSpec& point) {
  const auto refuse = [&map](std::string_view kind, std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
      if (const auto v = map.find(key)) v->problem(fmt::format("{} has no '{}'", kind, key));
    }
  };
  const bool text = point.encoding == Encoding::text;
  const bool truth = device::is_truth(point);
  const bool names = !truth && !point.values.empty();
  if (!text && !truth && !names) return;
  refuse(text ? "a text" : truth ? "a truth" : "an enumeration", {"scale", "offset", "range", "max_rate", "dead_band"});
  if (text || truth) refuse(text ? "a text" : "a truth", {"values", "unit"});
  if (text) refuse("a text", {"stuck_after"});
  if (text || point.encoding == Encoding::bit) {
    refuse(text ? "a text" : "a bit", {"error_values", "unsupported_values", "true_when", "only_when"});
  }
  if (map.has("bit")) refuse("a bit", {"true_when"});
  if (names && device::is_float(point.encoding)) refuse("a float", {"values"});
}

std::optional<PointSpec> read_point(const Value& value, const PointRules& rules) {
  MapReader map(value);
  PointSpec point;
  if (const auto v = map.need("name")) take(point.name, v->metric_name());
  point.metric = point.name;
  read_register(map, point, rules);
  read_meaning(map, point);
  read_raw(map, point);
  read_over_time(map, point);
  read_firmware(map, point);
  check_kind(map, point);
  if (const auto v = map.find("write")) read_write(*v, point);
  map.finish();
  if (point.name.empty()) return std::nullopt;
  return point;
}

void read_counts(MapReader& map, device::PointGroup& group) {
  if (const auto v = map.need("count_option")) take(group.count_option, v->metric_name());
  if (const auto v = map.find("first")) take(group.first, v->integer(0, kMostInstances));
  if (const auto v = map.need("max")) take(group.max_count, v->integer(1, kMostInstances));
  if (const auto v = map.find("default")) take(group.default_count, v->integer(0, group.max_count));
  if (const auto v = map.find("stride")) take(group.stride, v->integer(0, kLastAddress));
}

// Points with 'item' have no address to step; all others need one of their own in each instance.
void check_stride(const MapReader& map, const device::PointGroup& group) {
  const bool steps = std::ranges::any_of(group.points, [](const PointSpec& p) { return p.locator.empty(); });
  if (!steps || group.stride != 0 || group.max_count <= 1) return;
  map.self().problem("'stride' must be given and not be 0: all would lie on the first one");
}

}  // namespace

std::vector<PointSpec> read_points(const Value& list, const PointRules& rules) {
  std::vector<PointSpec> out;
  const auto items = list.items();
  if (items.size() > kMostPoints) list.problem(fmt::format("more than {} points", kMostPoints));
  for (const auto& item : items) {
    auto point = read_point(item, rules);
    if (!point) continue;
    if (std::ranges::find(out, point->name, &PointSpec::name) != out.end()) {
      item.problem(fmt::format("point '{}' stands twice", point->name));
      continue;
    }
    out.push_back(*std::move(point));
  }
  return out;
}

std::optional<device::PointGroup> read_group(const Value& value, const PointRules& rules) {
  MapReader map(value);
  device::PointGroup group;
  if (const auto v = map.need("name")) take(group.name, v->metric_name());
  read_counts(map, group);
  if (const auto v = map.need("points")) group.points = read_points(*v, rules);
  check_stride(map, group);
  map.finish();
  if (group.name.empty()) return std::nullopt;
  return group;
}

}  // namespace wayside::config
