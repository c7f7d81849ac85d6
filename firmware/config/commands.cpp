#include "config/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wayside::config {
namespace {

constexpr std::int64_t kMostPerMinute = 600;
constexpr std::size_t kMostInterlocks = 64;

using Points = std::span<const device::PointSpec>;

std::vector<std::string> writable(Points points) {
  std::vector<std::string> out;
  for (const auto& point : points) {
    if (!point.write) continue;
    out.push_back(point.name);
    if (std::ranges::find(out, point.metric) == out.end()) out.push_back(point.metric);
  }
  return out;
}

// The points meant by a name of one, or by a metric: then all of its instances.
std::vector<std::string> meant(const Value& name, const std::string& word, Points points, bool strict) {
  std::vector<std::string> out;
  bool told = false;  // once for a metric, however many points have it
  for (const auto& point : points) {
    if (point.name != word && point.metric != word) continue;
    if (!point.write && !std::exchange(told, true)) {
      name.problem(fmt::format("point '{}' cannot be commanded: its profile has no 'write' for it", word));
    }
    out.push_back(point.name);
  }
  if (out.empty() && strict) name.unknown("point", writable(points));
  if (out.empty()) out.push_back(word);
  return out;
}

std::vector<std::string> read_allow(const Value& list, Points points, bool strict) {
  std::vector<std::string> out;
  for (const auto& item : list.items()) {
    auto name = item.text();
    if (!name) continue;
    bool told = false;
    for (auto& point : meant(item, *name, points, strict)) {
      if (std::ranges::find(out, point) == out.end()) {
        out.push_back(std::move(point));
      } else if (!std::exchange(told, true)) {
        item.problem(fmt::format("point '{}' stands twice", point));
      }
    }
  }
  return out;
}

std::vector<std::string> read_targets(const Value& list) {
  std::vector<std::string> out;
  for (const auto& item : list.items()) {
    auto word = item.scalar();
    if (!word) continue;
    if (std::ranges::find(out, *word) != out.end()) item.problem(fmt::format("'{}' stands twice", *word));
    out.push_back(*std::move(word));
  }
  if (list.is_list() && out.empty()) list.problem("leave 'when' out where the interlock is for all values");
  return out;
}

InterlockConfig read_interlock(const Value& value, const std::vector<std::string>& allowed) {
  MapReader map(value);
  InterlockConfig out;
  out.place = value.place();
  if (const auto v = map.need("point")) {
    take(out.point, v->text());
    const bool known = std::ranges::find(allowed, out.point) != allowed.end();
    if (!out.point.empty() && !known) v->unknown("point under 'allow'", allowed);
  }
  if (const auto v = map.find("when")) out.when = read_targets(*v);
  if (const auto v = map.need("only_if")) {
    take(out.only_if, v->text());
    out.place = v->text_place();
  }
  map.finish();
  return out;
}

bool same(const InterlockConfig& a, const InterlockConfig& b) {
  return a.point == b.point && a.when == b.when && a.only_if == b.only_if;
}

}  // namespace

CommandsConfig read_commands(const Value& value, Points points, bool strict) {
  MapReader map(value);
  CommandsConfig out;
  if (const auto v = map.need("allow")) out.allow = read_allow(*v, points, strict);
  if (const auto v = map.find("local_only")) {
    out.local_only = read_allow(*v, points, strict);
    for (const auto& point : out.local_only) {
      if (std::ranges::find(out.allow, point) == out.allow.end()) {
        v->problem(fmt::format("point '{}' does not stand under 'allow'", point));
      }
    }
  }
  if (const auto v = map.find("max_per_minute")) take(out.max_per_minute, v->integer(1, kMostPerMinute));
  if (const auto list = map.find("interlocks")) {
    for (const auto& item : list->items()) {
      auto interlock = read_interlock(item, out.allow);
      const auto twin = [&interlock](const auto& other) { return same(interlock, other); };
      if (std::ranges::any_of(out.interlocks, twin)) item.problem("the same interlock stands twice");
      out.interlocks.push_back(std::move(interlock));
    }
    if (out.interlocks.size() > kMostInterlocks) {
      list->problem(fmt::format("more than {} interlocks for one device", kMostInterlocks));
    }
  }
  map.finish();
  return out;
}

}  // namespace wayside::config
