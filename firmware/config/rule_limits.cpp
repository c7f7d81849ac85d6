#include "config/rule_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/rules_reader.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

constexpr std::size_t kLeastMemory = std::size_t{64} << 10U;
constexpr std::size_t kMostMemory = std::size_t{4} << 30U;
constexpr std::int64_t kMostRaises = 1000;  // so many are looked back at (rules/alarm_load.hpp)
constexpr std::chrono::seconds kShortestWindow{1};
constexpr std::chrono::hours kLongestWindow{1};

void read_rule_files(const Value& list, GatewayConfig& config, Problems& problems) {
  std::vector<std::string> files;
  for (const auto& item : list.items()) {
    const auto named = read_rule_file_name(item);
    if (!named) continue;
    auto file = relative_to(item.place().file, named->path);
    if (item.files().kind(file) == FileKind::missing) {
      item.problem(fmt::format("no such file: '{}'", file));
    } else if (std::ranges::find(files, file) != files.end()) {
      item.problem(fmt::format("'{}' is listed twice", file));
    } else {
      read_rules(file, config.rules, problems, named->parameters, item.files());
      files.push_back(std::move(file));
    }
  }
}

void read_flood(const Value& value, AlarmLoadConfig& out) {
  MapReader map(value);
  if (const auto v = map.find("count")) take(out.flood_over, v->integer(1, kMostRaises));
  if (const auto v = map.find("within")) take(out.flood_within, v->duration(kShortestWindow, kLongestWindow));
  const auto until = map.find("until");
  if (until) {
    take(out.flood_under, until->integer(1, kMostRaises));
  } else {
    out.flood_under = std::min(out.flood_under, out.flood_over);
  }
  if (out.flood_under > out.flood_over) {
    (until ? *until : value)
        .problem(fmt::format("a flood that begins with more than {} alarms must end below {} or fewer", out.flood_over,
                             out.flood_over));
  }
  map.finish();
}

void read_chatter(const Value& value, AlarmLoadConfig& out) {
  MapReader map(value);
  if (const auto v = map.find("count")) take(out.chatter_raises, v->integer(2, kMostRaises));
  if (const auto v = map.find("within")) take(out.chatter_within, v->duration(kShortestWindow, kLongestWindow));
  if (const auto v = map.find("over_after")) take(out.chatter_over, v->duration(kShortestWindow, kLongestWindow));
  map.finish();
}

}  // namespace

void read_rules_section(const Value& value, GatewayConfig& config, Problems& problems) {
  if (!value.is_map()) return read_rule_files(value, config, problems);
  MapReader map(value);
  if (const auto v = map.find("files")) read_rule_files(*v, config, problems);
  if (const auto v = map.find("memory")) take(config.rules_memory, v->bytes(kLeastMemory, kMostMemory));
  map.finish();
}

AlarmLoadConfig read_alarms(const Value& value) {
  AlarmLoadConfig out;
  MapReader map(value);
  if (const auto v = map.find("flood")) read_flood(*v, out);
  if (const auto v = map.find("chatter")) read_chatter(*v, out);
  if (out.chatter_within > out.flood_within) {
    value.problem(fmt::format("chatter is looked for within {}, which must not be more than the {} of a flood",
                              duration_text(out.chatter_within), duration_text(out.flood_within)));
  }
  map.finish();
  return out;
}

}  // namespace wayside::config
