#include "pipeline/dictionary.hpp"

#include <algorithm>

#include "pipeline/asset_points.hpp"
#include "pipeline/dictionary_json.hpp"
#include "pipeline/gateway_points.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using pipeline::Dictionary;
using pipeline::DictionaryEntry;

device::PointSpec point(std::string name, std::string unit) {
  device::PointSpec out;
  out.metric = name;
  out.name = std::move(name);
  out.unit = std::move(unit);
  out.meaning = "Of " + out.name + ".";
  return out;
}

device::Profile profile(std::string name) {
  device::Profile out;
  out.name = std::move(name);
  out.version = 3;
  out.department = "lighting";
  out.since = "0.2";
  return out;
}

Dictionary of(std::vector<std::pair<device::Profile, device::PointSpec>> all) {
  std::vector<pipeline::DictionaryItem> items;
  for (const auto& [from, spec] : all) {
    for (auto& item : pipeline::dictionary_items(from, std::span(&spec, 1), {})) items.push_back(std::move(item));
  }
  return pipeline::make_dictionary(std::move(items));
}

const DictionaryEntry& entry(const Dictionary& dictionary, std::string_view metric) {
  const auto found = std::ranges::find(dictionary.entries, metric, &DictionaryEntry::metric);
  REQUIRE(found != dictionary.entries.end());
  return *found;
}

}  // namespace

TEST_CASE("one metric of several products is one entry, with what most of them say") {
  auto odd = point("power", "W");
  odd.meaning = "Something else.";
  const auto dictionary =
      of({{profile("a"), odd}, {profile("b"), point("power", "W")}, {profile("c"), point("power", "W")}});
  REQUIRE(dictionary.entries.size() == 1);
  CHECK(dictionary.contradictions.empty());
  const auto& power = dictionary.entries[0];
  CHECK(power.meaning == "Of power.");
  REQUIRE(power.origins.size() == 3);
  CHECK(power.origins[0].meaning == "Something else.");
  CHECK(power.origins[1].meaning.empty());
  CHECK(power.departments == std::set<std::string>{"lighting"});
  CHECK(power.since == "0.2");
}

TEST_CASE("lanes of one product are one origin") {
  auto first = point("lane-1.volume", "{vehicle}");
  auto second = point("lane-2.volume", "{vehicle}");
  first.metric = second.metric = "volume";
  first.meaning = second.meaning = "Vehicles.";
  first.labels = {{"lane", "1"}};
  second.labels = {{"lane", "2"}};
  const auto dictionary = of({{profile("a"), first}, {profile("a"), second}});
  CHECK(entry(dictionary, "volume").origins.size() == 1);
  CHECK(entry(dictionary, "volume").instances == std::set<std::string>{"lane"});
}

TEST_CASE("of ten thousand devices of one product only one is kept, and every department") {
  const auto spec = point("power", "W");
  pipeline::DictionaryItems items;
  for (int i = 0; i < 10'000; ++i) {
    items.add(pipeline::dictionary_items(profile("a"), std::span(&spec, 1), i % 2 == 0 ? "lighting" : "parks"));
  }
  auto kept = items.take();
  CHECK(kept.size() == 2);
  const auto dictionary = pipeline::make_dictionary(std::move(kept));
  CHECK(entry(dictionary, "power").departments == std::set<std::string>{"lighting", "parks"});
  CHECK(entry(dictionary, "power").origins.size() == 1);
}

TEST_CASE("of contradictions all are told, and the entry has the highest class") {
  auto secret = point("power", "W");
  secret.data_class = model::DataClass::sensitive;
  auto truth = point("power", "");
  truth.encoding = device::Encoding::bit;
  const auto dictionary = of({{profile("a"), point("power", "kW")}, {profile("b"), secret}, {profile("c"), truth}});
  CHECK(dictionary.contradictions == std::vector<std::string>{"power: unit 'kW' in a and 'W' in b",
                                                              "power: class 'internal' in a and 'sensitive' in b",
                                                              "power: value 'number' in a and 'truth' in c",
                                                              "power: unit 'kW' in a and '' in c"});
  CHECK(entry(dictionary, "power").data_class == model::DataClass::sensitive);
  CHECK(entry(dictionary, "power").unit == "kW");
}

TEST_CASE("UCUM's 1 and no unit are the same") {
  CHECK(of({{profile("a"), point("factor", "1")}, {profile("b"), point("factor", "")}}).contradictions.empty());
}

TEST_CASE("names of an enumeration are joined, and one number has one name") {
  auto here = point("mode", "");
  here.values = {{0, "off"}, {1, "on"}};
  auto there = here;
  there.values = {{1, "on"}, {2, "auto"}};
  auto wrong = here;
  wrong.values = {{0, "on"}};
  const auto good = of({{profile("a"), here}, {profile("b"), there}});
  CHECK(entry(good, "mode").values == std::map<std::int64_t, std::string>{{0, "off"}, {1, "on"}, {2, "auto"}});
  CHECK(good.contradictions.empty());
  CHECK(of({{profile("a"), here}, {profile("b"), wrong}}).contradictions.size() == 1);
}

TEST_CASE("derived points, asset records and the gateway's own points are in it, with their rules' words") {
  model::PointTable points;
  model::PointInfo lamp;
  lamp.device = model::DeviceId{"d"};
  lamp.name = "lamp-1.lamp_on";
  lamp.metric = "lamp_on";
  lamp.role = "lamp_on";
  points.add(lamp);
  pipeline::add_asset_points(points, {lamp.device});
  pipeline::add_gateway_points(points, model::GatewayId{"g"}, {});
  model::PointInfo derived;
  derived.device = lamp.device;
  derived.name = derived.metric = "lamps_lit";
  derived.source = "rule lamps/lamps_lit";
  derived.derived = true;
  points.add(derived);
  model::RuleSpec rule;
  rule.group = "lamps";
  rule.name = "lamps_lit";
  rule.expr.text = "count(lamp_on == 1) by (device)";
  rule.recorded = model::DerivedSpec{};
  rule.recorded->since = "0.3";
  const auto dictionary = pipeline::make_dictionary(pipeline::dictionary_items(points, std::span(&rule, 1)));
  CHECK(entry(dictionary, "lamps_lit").definition == rule.expr.text);
  CHECK(entry(dictionary, "lamps_lit").since == "0.3");
  CHECK(entry(dictionary, "asset_burn_hours").meaning == pipeline::asset_meaning("asset_burn_hours"));
  CHECK(entry(dictionary, "asset_burn_hours").instances == std::set<std::string>{"lamp"});
  CHECK(entry(dictionary, "link_up").kind == pipeline::EntryKind::truth);
  CHECK(std::ranges::find(dictionary.entries, "lamp_on", &DictionaryEntry::metric) == dictionary.entries.end());
}

TEST_CASE("what is too large to publish loses its origins first, then is not published") {
  auto odd = point("power", "W");
  odd.meaning = std::string(500, 'x');
  const auto dictionary =
      of({{profile("a"), odd}, {profile("b"), point("power", "W")}, {profile("c"), point("power", "W")}});
  const auto whole = pipeline::publish(dictionary, {"1", "g"});
  REQUIRE(whole);
  CHECK(whole->hash.size() == 16);
  const auto slim = pipeline::publish(dictionary, {"1", "g"}, whole->encoded.size() - 1);
  REQUIRE(slim);
  CHECK(std::string(slim->encoded.begin(), slim->encoded.end()).find("origins") == std::string::npos);
  CHECK_FALSE(pipeline::publish(dictionary, {"1", "g"}, slim->encoded.size() - 1));
}

TEST_CASE("texts of any kind make good JSON") {
  auto odd = point("power", "W");
  odd.meaning = "a \"b\" \\ \n 灯";
  const auto json = pipeline::to_json(of({{profile("a"), odd}}), {"1", ""});
  CHECK(json.find(R"("meaning":"a \"b\" \\ \u000a 灯")") != std::string::npos);
}
