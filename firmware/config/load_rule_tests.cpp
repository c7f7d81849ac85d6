#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/stamp.hpp"
#include "config/load.hpp"
#include "config/rules_reader.hpp"
#include "config/services.hpp"
#include "config/test_reader.hpp"

namespace wayside::config {
namespace {

constexpr std::chrono::milliseconds kShortestInterval{1};
constexpr std::chrono::minutes kInterval{1};
constexpr std::int64_t kMonday = 1'767'571'200;  // 2026-01-05 00:00
constexpr std::uint64_t kMostUsed = 5'000'000;   // samples of one test
constexpr std::string_view kStampForm = "0000-00-00 00:00:00";

struct Defaults {
  std::chrono::microseconds interval = kInterval;
  std::int64_t start_s = kMonday;
  std::vector<TestDevice> devices;
};

void read_start(const Value& value, std::int64_t& start_s) {
  const auto word = value.scalar();
  if (!word) return;
  bool fits = word->size() == kStampForm.size() || word->size() == kStampForm.find_last_of(':');
  for (std::size_t i = 0; fits && i < word->size(); ++i) {
    const char c = (*word)[i];
    fits = kStampForm[i] == '0' ? c >= '0' && c <= '9' : c == kStampForm[i] || (kStampForm[i] == ' ' && c == 'T');
  }
  const auto stamp = fits ? base::parse_stamp(*word) : std::nullopt;
  if (stamp) {
    start_s = *stamp;
  } else {
    value.expected("a date such as 2026-06-21 12:00");
  }
}

void read_defaults(MapReader& map, ProfileIndex& profiles, Families families, Defaults& out) {
  if (const auto v = map.find("interval")) take(out.interval, v->duration(kShortestInterval, kLongestTest));
  if (const auto v = map.find("start")) read_start(*v, out.start_s);
  if (const auto v = map.find("devices")) out.devices = read_test_devices(*v, profiles, families);
}

std::optional<TestSeries> read_series(const Value& value, std::chrono::microseconds interval) {
  TestSeries out;
  MapReader map(value);
  out.interval = interval;
  if (const auto v = map.need("series")) {
    for (const auto& item : v->is_list() ? v->items() : std::vector{*v}) {
      if (auto point = read_test_point(item)) out.points.push_back(*std::move(point));
    }
  }
  if (const auto v = map.find("interval")) take(out.interval, v->duration(kShortestInterval, kLongestTest));
  bool fine = false;
  if (const auto v = map.need("values")) {
    out.place = v->place();
    if (const auto text = v->scalar()) {
      auto parsed = TestValues::parse(*text);
      fine = parsed.error.empty();
      if (!fine) v->problem_at(parsed.offset, std::move(parsed.error));
      out.values = std::move(parsed.values);
    }
  }
  map.finish();
  if (!fine || out.points.empty()) return std::nullopt;
  return out;
}

std::chrono::microseconds last_eval(const RuleTest& test) {
  std::chrono::microseconds last{};
  for (const auto& alert : test.alerts) last = std::max(last, alert.at);
  for (const auto& point : test.points) last = std::max(last, point.at);
  return last;
}

// What the runner would have to walk through.
void check_length(const Value& value, const RuleTest& test) {
  std::uint64_t used = 0;
  const auto last = last_eval(test);
  for (const auto& series : test.series) {
    const auto by_then = static_cast<std::uint64_t>(last / series.interval) + 1;
    used += std::min(series.values.size(), by_then) * series.points.size();
    if (used <= kMostUsed) continue;
    return value.problem(
        fmt::format("this test uses more than {} samples by its last eval_time: make it shorter, or "
                    "the interval longer",
                    kMostUsed));
  }
}

RuleTest read_test(const Value& value, Defaults defaults, ProfileIndex& profiles, Families families,
                   const std::vector<model::RuleSpec>& rules) {
  RuleTest out;
  MapReader map(value);
  out.place = value.place();
  if (const auto v = map.need("name")) take(out.name, v->scalar());
  read_defaults(map, profiles, families, defaults);
  out.start_s = defaults.start_s;
  out.devices = std::move(defaults.devices);
  if (const auto list = map.need("input_series")) {
    for (const auto& item : list->items()) {
      if (auto series = read_series(item, defaults.interval)) out.series.push_back(*std::move(series));
    }
  }
  if (const auto v = map.find("orders")) out.orders = read_test_orders(*v);
  if (const auto v = map.find("alert_test")) read_alert_tests(*v, rules, out.alerts);
  if (const auto v = map.find("point_test")) read_point_tests(*v, out.points);
  if (value.is_map() && !map.has("alert_test") && !map.has("point_test")) {
    value.problem("a test needs an 'alert_test' or a 'point_test'");
  }
  map.finish();
  check_length(value, out);
  return out;
}

void read_rule_file(const Value& item, ProfileIndex& profiles, bool look_beside, RuleTestFile& out,
                    Problems& problems) {
  const auto named = read_rule_file_name(item);
  if (!named) return;
  const auto file = relative_to(item.place().file, named->path);
  if (item.files().kind(file) == FileKind::missing) return item.problem(fmt::format("no such file: '{}'", file));
  read_rules(file, out.rules, problems, named->parameters, item.files());
  if (look_beside) profiles.add_if_there(item, relative_to(file, "../profiles"));
}

void read_tests(const Value& list, const Defaults& defaults, ProfileIndex& profiles, Families families,
                RuleTestFile& out) {
  for (const auto& item : list.items()) {
    auto test = read_test(item, defaults, profiles, families, out.rules);
    const auto twin = std::ranges::find(out.tests, test.name, &RuleTest::name);
    if (twin != out.tests.end() && !test.name.empty()) {
      item.problem(fmt::format("a test '{}' stands on line {} already", test.name, twin->place.line));
    }
    out.tests.push_back(std::move(test));
  }
  if (out.tests.empty()) list.problem("there is no test in it");
}

RuleTestFile read_file(const Document& document, Families families, Problems& problems) {
  RuleTestFile out;
  out.file = document.file;
  ProfileIndex profiles(families, problems);
  Defaults defaults;
  MapReader map(Value(document, problems));
  const auto listed = map.find("profiles");
  if (listed) {
    for (const auto& item : listed->items()) profiles.add(item);
  }
  if (const auto list = map.need("rule_files")) {
    for (const auto& item : list->items()) read_rule_file(item, profiles, !listed, out, problems);
  }
  if (const auto v = map.find("time_zone")) read_time_zone(*v, out.time_zone, out.time_zone_place);
  if (const auto v = map.find("position")) out.position = read_position(*v);
  read_defaults(map, profiles, families, defaults);
  if (const auto list = map.need("tests")) read_tests(*list, defaults, profiles, families, out);
  map.finish();
  return out;
}

}  // namespace

Loaded<RuleTestFile> load_rule_tests(const std::string& file, Families families) {
  Loaded<RuleTestFile> out;
  if (const auto document = read_document(file, out.problems)) {
    auto read = read_file(*document, families, out.problems);
    if (out.problems.empty()) out.value = std::move(read);
  }
  sort_problems(out.problems);
  return out;
}

}  // namespace wayside::config
