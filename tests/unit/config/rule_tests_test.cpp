#include <fmt/format.h>

#include "config/scalars.hpp"
#include "config/test_series.hpp"
#include "config/text_places.hpp"
#include "unit/config/site.hpp"

namespace wayside::config::test {
namespace {

using Kind = TestSample::Kind;

// "5 5? bad _": one word a sample.
std::string samples(std::string_view text) {
  const auto parsed = TestValues::parse(text);
  if (!parsed.error.empty()) return fmt::format("{}: {}", parsed.offset, parsed.error);
  std::string out;
  for (std::uint64_t i = 0; i < parsed.values.size(); ++i) {
    const auto sample = parsed.values.at(i);
    std::string word;
    switch (sample.kind) {
      case Kind::number: word = fmt::format("{}", sample.number); break;
      case Kind::truth: word = sample.number != 0 ? "true" : "false"; break;
      case Kind::name: word = "\"" + sample.name + "\""; break;
      case Kind::bad: word = quality_name(sample.quality); break;
      case Kind::none: word = "_"; break;
      case Kind::stale: word = "stale"; break;
    }
    if (sample.quality == model::Quality::uncertain) word += "?";
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

bool refuses(std::string_view text, std::string_view what) {
  const auto said = samples(text);
  INFO(text << " -> " << said);
  return said.find(what) != std::string::npos;
}

TEST_CASE("the values of a series are written as promtool's") {
  CHECK(samples("5") == "5");
  CHECK(samples("0x3") == "0 0 0 0");
  CHECK(samples("1+2x3") == "1 3 5 7");
  CHECK(samples("1-2x3") == "1 -1 -3 -5");
  CHECK(samples("-1.5x1 \n 2e3") == "-1.5 -1.5 2000");
  CHECK(samples("1+0x2 bad stale _ 5x1") == "1 1 1 bad stale _ 5 5");
  CHECK(samples("_x2 badx2 stalex2") == "_ _ bad bad stale stale");
  CHECK(samples("bad_sensor_failurex2") == "bad_sensor_failure bad_sensor_failure");
  CHECK(samples("5? 1+1?x2") == "5? 1? 2? 3?");
  CHECK(samples("true falsex1") == "true false false");
  CHECK(samples("\"eco\" \"on fire\"x1") == "\"eco\" \"on fire\" \"on fire\"");
}

TEST_CASE("words in parentheses come again") {
  CHECK(samples("(1 2)x2 3") == "1 2 1 2 3");
  CHECK(samples("(0x1 (1 _)x2)x2") == "0 0 1 _ 1 _ 0 0 1 _ 1 _");
  CHECK(samples("(1)") == "1");
  CHECK(samples("1 (2)x0 3") == "1 3");
}

TEST_CASE("what is no series is told with its place") {
  CHECK(refuses("1 2 sale", "4: 'sale' is no word of a series; did you mean 'stale'?"));
  CHECK(refuses("bda", "did you mean 'bad'?"));
  CHECK(refuses("5x", "2: a whole number must follow the 'x'"));
  CHECK(refuses("5x-1", "a whole number must follow"));
  CHECK(refuses("5x1.5", "'5x1.5' is no word"));
  CHECK(refuses("1+2", "how many samples?"));
  CHECK(refuses("(1 2", "0: this '(' is not closed"));
  CHECK(refuses("1)", "1: this ')' closes nothing"));
  CHECK(refuses("()x3", "nothing in these parentheses"));
  CHECK(refuses("\"eco", "no closing"));
  CHECK(refuses("", "no samples"));
  CHECK(refuses("_x0", "no samples"));
  CHECK(refuses("inf", "no word"));
  CHECK(refuses("-inf", "no word"));
  CHECK(refuses("1e999", "no word"));
  CHECK(refuses("good", "no word"));
}

TEST_CASE("a series of a billion samples takes no more room than one, and more are refused") {
  const auto parsed = TestValues::parse("0x10 1+1x999999000");
  REQUIRE(parsed.error.empty());
  CHECK(parsed.values.size() == 11 + 999'999'001);
  CHECK(parsed.values.at(999'999'011).number == 999'999'001);
  CHECK(refuses("1x1000000000", "more than 1000000000 samples"));
  CHECK(refuses("1x99999999999999999999999", "more than 1000000000 samples"));
  CHECK(refuses("((((1x999999)x999999)x999999)x999999)x999999", "more than 1000000000 samples"));
  CHECK(refuses(std::string(9, '(') + "1" + std::string(9, ')'), "parentheses deeper than 8"));
  std::string words;
  for (int i = 0; i < 10'001; ++i) words += "1 ";
  CHECK(refuses(words, "more than 10000 words"));
}

// "offset:line:column" of each piece.
std::string pieces(std::string_view document, std::size_t offset, std::string_view value) {
  std::string out;
  for (const auto& piece : find_text(document, {offset, 1, static_cast<int>(offset) + 1}, value)) {
    out += fmt::format("{}{}:{}:{}", out.empty() ? "" : " ", piece.offset, piece.line, piece.column);
  }
  return out;
}

TEST_CASE("each piece of a scalar is found where it is written") {
  CHECK(pieces("expr: a > 1", 6, "a > 1") == "0:1:7");
  CHECK(pieces("x: 'a == ''b'''", 3, "a == 'b'") == "0:1:5 6:1:12");
  CHECK(pieces(R"(x: "a == \"b\"")", 3, R"(a == "b")") == "0:1:5 6:1:12");
  CHECK(pieces("x: >-\n  a\n    and b\n", 3, "a\n  and b") == "0:2:3 4:3:5");
  CHECK(pieces("x: |\n  a and\n  b\n", 3, "a and\nb\n") == "0:2:3 6:3:3");
  CHECK(pieces("x: a and\n   b", 3, "a and b") == "0:1:4 6:2:4");
  CHECK(pieces("x: a", 3, "something else").empty());
  CHECK(pieces("x: a", 900, "a").empty());
}

TEST_CASE("an expression in a block is told of in its own lines") {
  Site site;
  const auto file = site.write("r.yaml",
                               "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: >-\n"
                               "          x > 1\n          and y > 2\n");
  const auto loaded = load_rules(file);
  REQUIRE(loaded.value);
  const auto& expr = loaded.value->at(0).expr;
  CHECK(expr.text == "x > 1 and y > 2");
  const auto place = model::place_in(expr, expr.text.find('y'));
  CHECK(place.line == 7);
  CHECK(place.column == 15);
}

const std::string kOneRule = "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: x > 1}\n";
const std::string kTestHead = "rule_files: [r.yaml]\ndevices: [{id: d, points: [{name: x}]}]\ntests:\n  - name: t\n";
const std::string kInput = "    input_series: [{series: d.x, values: 1x3}]\n";
const std::string kCheck = "    alert_test: [{eval_time: 1m, alertname: A}]\n";

Strings problems_of(Site& site, const std::string& text) {
  site.write("r.yaml", kOneRule);
  const auto loaded = load_rule_tests(site.write("t.test.yaml", text), kFamilies);
  CHECK(loaded.value.has_value() == loaded.problems.empty());
  Strings out;
  for (const auto& p : loaded.problems) out.push_back(fmt::format("{}:{} {}", p.place.line, p.place.column, p.what));
  return out;
}

TEST_CASE("a duration may have several units, the largest first") {
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration("2d2h1m5s20ms") == 50h + 1min + 5020ms);
  CHECK(*parse_duration("2m") == 2min);
  for (const auto* wrong : {"30m1h", "1m1m", "1h30", "h", "1.5h", "1h-30m", "", "300000000d1h", "1h 30m"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong).has_value());
  }
}

TEST_CASE("a file of tests is read whole") {
  Site site;
  site.write("r.yaml", kOneRule);
  const auto loaded = load_rule_tests(
      site.write("t.test.yaml",
                 "rule_files: [r.yaml]\ninterval: 10s\nstart: 2026-06-21 12:00\ntime_zone: Asia/Shanghai\n"
                 "position: {latitude: 31, longitude: 121}\ntests:\n  - name: t\n"
                 "    devices: [{id: d, points: [{name: x}, {name: lane-1.y, unit: m, values: {0: a}}]}]\n"
                 "    input_series: [{series: [d.x, d.lane-1.y], values: 1x3, interval: 1s}]\n"
                 "    orders: [{at: 5s, do: shelve, alarm: g/A d, for: 1h, reason: r}, {at: 1s, do: ack, alarm: g/A d, "
                 "refused: true}]\n"
                 "    alert_test: [{eval_time: 1m, alertname: g/A, exp_alerts: [{device: d, state: unknown}]}]\n"
                 "    point_test: [{eval_time: 1m, point: d.x, value: 0x10, quality: good}]\n"),
      kFamilies);
  for (const auto& p : loaded.problems) INFO(p.message());
  REQUIRE(loaded.value);
  const auto& test = loaded.value->tests.at(0);
  CHECK(test.start_s == 1'782'043'200);
  CHECK(loaded.value->rules.size() == 1);
  CHECK(test.series.at(0).points.at(1).id() == "d.lane-1.y");
  CHECK(test.series.at(0).interval == 1s);
  CHECK(test.orders.at(0).order.verb == model::AlarmVerb::acknowledge);
  CHECK(test.orders.at(1).order.span == 1h);
  CHECK(test.alerts.at(0).rule == "g/A");
  CHECK(test.alerts.at(0).alarms.at(0).state == "unknown");
  CHECK(test.points.at(0).number == 16);
}

TEST_CASE("what is wrong with a file of tests is told where it stands") {
  Site site;
  CHECK(problems_of(site, kTestHead + kInput + kCheck).empty());
  const auto one = [&site](const std::string& rest) {
    const auto found = problems_of(site, kTestHead + rest);
    REQUIRE(found.size() == 1);
    return found[0];
  };
  CHECK(one(kCheck) == "4:5 missing key 'input_series' in item 1 of 'tests'");
  CHECK(one(kInput) == "4:5 a test needs an 'alert_test' or a 'point_test'");
  CHECK(one("    input_series: [{series: d.x, values: 1 sale}]\n" + kCheck).starts_with("5:44 'sale' is no word"));
  CHECK(one("    input_series: [{series: dx, values: 1}]\n" + kCheck).find("a point such as") != std::string::npos);
  CHECK(one(kInput + "    alert_test: [{eval_time: -1m, alertname: A}]\n").find("bad duration '-1m'") !=
        std::string::npos);
  CHECK(one(kInput + "    alert_test: [{eval_time: 900d, alertname: A}]\n").find("0s to 400d") != std::string::npos);
  CHECK(one(kInput + "    alert_test: [{eval_time: 1m, alertname: a}]\n").find("unknown alert 'a'") !=
        std::string::npos);
  CHECK(
      one(kInput + "    alert_test: [{eval_time: 1m, exp_alerts: [{device: d}]}]\n").find("missing key 'alertname'") !=
      std::string::npos);
  CHECK(one(kInput + "    point_test: [{eval_time: 1m, point: d.x, quality: god}]\n").find("did you mean 'good'") !=
        std::string::npos);
  CHECK(one(kInput + kCheck + "    start: 2026-13-01 00:00\n").find("a date such as") != std::string::npos);
  CHECK(one(kInput + kCheck + "    orders: [{at: 1m, do: kick, alarm: g/A d}]\n").find("expected one of ack") !=
        std::string::npos);
  CHECK(one("    input_series: [{series: d.x, values: 1x900000000, interval: 1ms}]\n"
            "    alert_test: [{eval_time: 100d, alertname: A}]\n")
            .find("more than 5000000 samples") != std::string::npos);
  CHECK(problems_of(site, "rule_files: [none.yaml]\ntests: []\n").size() == 2);
}

TEST_CASE("a gateway bounds the memory of its rules, and says when alarms are too many") {
  Site site;
  const auto plain = load_gateway(site.write("gateway.yaml", kHead + "buses: []\ndevices: []\n"), kFamilies);
  REQUIRE(plain.value);
  CHECK(plain.value->rules_memory == 64U << 20U);
  CHECK(plain.value->alarms.flood_over == 10);
  site.write("r.yaml", kOneRule);
  const auto full =
      load_gateway(site.write("gateway.yaml",
                              kHead + "buses: []\ndevices: []\nrules: {files: [r.yaml], memory: 16 MiB}\n"
                                      "alarms: {flood: {count: 4, within: 5m}, chatter: {count: 5, over_after: 2m}}\n"),
                   kFamilies);
  REQUIRE(full.value);
  CHECK(full.value->rules.size() == 1);
  CHECK(full.value->rules_memory == 16U << 20U);
  CHECK(full.value->alarms.flood_over == 4);
  CHECK(full.value->alarms.flood_under == 4);
  CHECK(full.value->alarms.flood_within == 5min);
  CHECK(full.value->alarms.chatter_raises == 5);
  CHECK(full.value->alarms.chatter_over == 2min);
  const auto problem = [&site](const std::string& rest) {
    const auto loaded = load_gateway(site.write("gateway.yaml", kHead + "buses: []\ndevices: []\n" + rest), kFamilies);
    REQUIRE(loaded.problems.size() == 1);
    return loaded.problems[0].what;
  };
  CHECK(problem("rules: {memory: 16}").find("a size from 64 KiB to 4 GiB") != std::string::npos);
  CHECK(problem("rules: {memory: 16 MB}").find("found the text '16 MB'") != std::string::npos);
  CHECK(problem("alarms: {flood: {count: 4, until: 5}}").find("must end below 4") != std::string::npos);
  CHECK(problem("alarms: {chatter: {within: 20m}}").find("must not be more than the 10m of a flood") !=
        std::string::npos);
  CHECK(problem("alarms: {floot: {count: 4}}").find("did you mean 'flood'") != std::string::npos);
}

}  // namespace
}  // namespace wayside::config::test
