#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "config/points.hpp"
#include "config/profile_reader.hpp"
#include "config/words.hpp"
#include "config/writes.hpp"

namespace wayside::config {
namespace {

using device::Profile;

constexpr std::chrono::milliseconds kShortestTimeout{10};
constexpr std::chrono::seconds kLongestTimeout{60};
constexpr std::chrono::seconds kLongestQuiet{5};

const device::DriverFamily* find_family(Families families, std::string_view name) {
  const auto at = std::ranges::find(families, name, &device::DriverFamily::name);
  return at == families.end() ? nullptr : *at;
}

void read_family(const Value& value, Profile& profile, Families families) {
  take(profile.family, value.text());
  if (profile.family.empty() || find_family(families, profile.family) != nullptr) return;
  std::vector<std::string> names;
  for (const auto* family : families) names.emplace_back(family->name);
  value.unknown("family", names);
}

void read_head(MapReader& map, Profile& profile, Families families) {
  if (const auto v = map.need("profile")) take(profile.name, v->id());
  if (const auto v = map.need("version")) {
    take(profile.version, v->integer(1, std::numeric_limits<std::uint32_t>::max()));
  }
  if (const auto v = map.need("family")) read_family(*v, profile, families);
  if (const auto v = map.find("title")) take(profile.title, v->text());
  if (const auto v = map.find("source")) take(profile.source, v->text());
  if (const auto v = map.find("department")) take(profile.department, v->text());
  if (const auto v = map.find("since")) profile.since = read_version(*v);
  if (const auto v = map.find("period")) take(profile.period, v->duration(kShortestPeriod, kLongestPeriod));
}

void read_limits(const Value& value, Profile& profile) {
  MapReader map(value);
  if (const auto v = map.find("max_read_registers")) {
    take(profile.max_read_registers, v->integer(1, device::kMaxReadRegisters));
  }
  if (const auto v = map.find("max_hole")) take(profile.max_hole, v->integer(0, device::kMaxReadRegisters - 1));
  if (const auto v = map.find("response_timeout")) {
    take(profile.response_timeout, v->duration(kShortestTimeout, kLongestTimeout));
  }
  if (const auto v = map.find("quiet")) take(profile.quiet, v->duration(std::chrono::milliseconds{0}, kLongestQuiet));
  map.finish();
}

void read_groups(const Value& list, Profile& profile, const PointRules& rules) {
  for (const auto& item : list.items()) {
    auto group = read_group(item, rules);
    if (!group) continue;
    if (std::ranges::find(profile.groups, group->name, &device::PointGroup::name) != profile.groups.end()) {
      item.problem(fmt::format("group '{}' stands twice", group->name));
      continue;
    }
    profile.groups.push_back(*std::move(group));
  }
}

void read_retired_points(const Value& list, Profile& profile) {
  profile.retired = read_retired(list, profile.since);
  const auto sent = [&profile](const std::string& metric) {
    const auto has = [&metric](const auto& points) {
      return std::ranges::find(points, metric, &device::PointSpec::metric) != points.end();
    };
    return has(profile.points) || std::ranges::any_of(profile.groups, [&has](const auto& g) { return has(g.points); });
  };
  for (const auto& point : profile.retired) {
    if (sent(point.metric)) list.problem(fmt::format("'{}' is retired and a point as well", point.metric));
  }
}

void read_defaults(const Value& value, Profile& profile, Families families) {
  const auto known = option_names(profile, families);
  for (const auto& [key, option] : MapReader(value).entries()) {
    if (find_family(families, profile.family) != nullptr && std::ranges::find(known, key.raw()) == known.end()) {
      key.unknown("option", known);
    }
    if (const auto word = option.scalar()) profile.defaults.emplace(key.raw(), *word);
  }
}

void read_body(MapReader& map, Profile& profile, Families families) {
  const auto* family = find_family(families, profile.family);
  const bool modbus = family == nullptr || family->protocol == nullptr;
  const PointRules rules{profile.max_read_registers};
  const auto points = map.find("points");
  const auto groups = map.find("groups");
  if (points) profile.points = read_points(*points, rules);
  if (groups) read_groups(*groups, profile, rules);
  // What a frame protocol carries, its family knows.
  if (!points && !groups && modbus) map.self().problem("a profile needs 'points' or 'groups'");
  if (const auto v = map.find("retired")) read_retired_points(*v, profile);
  if (const auto v = map.find("options")) read_defaults(*v, profile, families);
  if (const auto v = map.find("setup")) profile.setup = read_setup(*v, option_names(profile, families), rules);
  if (const auto v = map.find("identity")) profile.identity = read_identity(*v, rules);
}

// What a command is read back at must be a point: of the group, or of the device.
void check_effects(MapReader& map, const Profile& profile) {
  std::vector<std::string> names;
  for (const auto& point : profile.points) names.push_back(point.name);
  if (const auto points = map.find("points")) check_read_backs(*points, {});
  const auto groups = map.find("groups");
  if (!groups) return;
  for (const auto& group : groups->items()) {
    if (const auto points = MapReader(group).find("points")) check_read_backs(*points, names);
  }
}

}  // namespace

std::vector<std::string> option_names(const Profile& profile, Families families) {
  std::vector<std::string> out;
  if (const auto* family = find_family(families, profile.family)) {
    for (const auto& option : family->options) out.emplace_back(option.name);
  }
  for (const auto& group : profile.groups) out.push_back(group.count_option);
  return out;
}

std::optional<Profile> read_profile(const Document& document, Families families, Problems& problems) {
  const auto before = problems.size();
  MapReader map(Value(document, problems));
  Profile profile;
  read_head(map, profile, families);
  if (const auto v = map.find("limits")) read_limits(*v, profile);
  read_body(map, profile, families);
  map.finish();
  if (problems.size() == before) check_effects(map, profile);
  if (problems.size() != before) return std::nullopt;
  return profile;
}

Loaded<Profile> load_profile(const std::string& file, Families families) {
  Loaded<Profile> out;
  if (const auto document = read_document(file, out.problems)) {
    out.value = read_profile(*document, families, out.problems);
  }
  sort_problems(out.problems);
  return out;
}

Loaded<Profile> parse_profile(const std::string& file, std::string text, Families families) {
  Loaded<Profile> out;
  if (const auto document = parse_document(file, std::move(text), out.problems)) {
    out.value = read_profile(*document, families, out.problems);
  }
  sort_problems(out.problems);
  return out;
}

}  // namespace wayside::config
