#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "config/points.hpp"
#include "config/profile_reader.hpp"

namespace wayside::config {
namespace {

using device::Profile;

constexpr std::chrono::milliseconds kShortestTimeout{10};
constexpr std::chrono::seconds kLongestTimeout{60};

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
  map.finish();
}

void read_groups(const Value& list, Profile& profile) {
  for (const auto& item : list.items()) {
    auto group = read_group(item, profile.max_read_registers);
    if (!group) continue;
    if (std::ranges::find(profile.groups, group->name, &device::PointGroup::name) != profile.groups.end()) {
      item.problem(fmt::format("group '{}' stands twice", group->name));
      continue;
    }
    profile.groups.push_back(*std::move(group));
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
  const auto points = map.find("points");
  const auto groups = map.find("groups");
  if (points) profile.points = read_points(*points, profile.max_read_registers);
  if (groups) read_groups(*groups, profile);
  if (!points && !groups) map.self().problem("a profile needs 'points' or 'groups'");
  if (const auto v = map.find("options")) read_defaults(*v, profile, families);
  map.finish();
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
