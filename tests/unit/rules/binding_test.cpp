#include <algorithm>

#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

TEST_CASE("a rule is bound to each device that has its points", "[rules]") {
  CHECK(bound(World{}, rule("occupancy > 80")) == "site/test junction-7\nsite/test junction-8");
  CHECK(bound(World{}, rule("level > 3 and running == 0")) == "site/test pump-3");
}

TEST_CASE("a rule over points of lanes is bound to each lane", "[rules]") {
  auto spec = rule("volume > 10 and speed < 20");
  spec.match = {{"device", "junction-7"}};
  CHECK(bound(World{}, spec) ==
        "site/test junction-7 lane-1\nsite/test junction-7 lane-2\nsite/test junction-7 lane-3");
}

TEST_CASE("a lane's rule sees the points of its device too", "[rules]") {
  World world;
  auto spec = rule("volume == 0 and occupancy > 50");
  spec.match = {{"device", "junction-7"}};
  const auto evaluator = compiled(world, {spec});
  world.put("junction-7", "occupancy", 60.0, 1s);
  world.put("junction-7", "lane-2.volume", 0.0, 1s);
  const std::array changed{world.handle("junction-7", "occupancy"), world.handle("junction-7", "lane-2.volume")};
  const auto out = evaluator->on_readings(changed, at(1s)).transitions;
  REQUIRE(out.size() == 1);
  CHECK(out[0].alarm == "site/test junction-7 lane-2");
  CHECK(out[0].labels.at("lane") == "2");
}

TEST_CASE("a lane's own point hides the device's of the same metric", "[rules]") {
  World world;
  world.point("junction-7", "traffic", "volume", "volume", {});
  auto spec = rule("volume > 10");
  spec.match = {{"device", "junction-7"}};
  CHECK(bound(world, spec) == "site/test junction-7 lane-1\nsite/test junction-7 lane-2\nsite/test junction-7 lane-3");
}

TEST_CASE("match chooses devices by family and lanes by their label", "[rules]") {
  auto spec = rule("volume > 10");
  spec.match = {{"family", "traffic"}, {"lane", "2"}};
  CHECK(bound(World{}, spec) == "site/test junction-7 lane-2\nsite/test junction-8 lane-2");
}

TEST_CASE("a selector without a device picks within the scope's device", "[rules]") {
  CHECK(bound(World{}, rule("volume{lane=\"1\"} > 2 * volume{lane=\"2\"}")) ==
        "site/test junction-7\nsite/test junction-8");
  auto spec = rule("volume > 2 * volume{lane=\"1\"}");
  spec.match = {{"device", "junction-8"}};
  CHECK(bound(World{}, spec) ==
        "site/test junction-8 lane-1\nsite/test junction-8 lane-2\nsite/test junction-8 lane-3");
}

TEST_CASE("a rule of named points only is bound once, to the device of the first", "[rules]") {
  CHECK(bound(World{}, rule("volume{device=\"junction-8\", lane=\"2\"} > 3 and rain{device=\"station-1\"} > 1")) ==
        "site/test junction-8");
}

TEST_CASE("a rule may look at another device", "[rules]") {
  World world;
  const auto evaluator = compiled(world, {rule("level > 3 and rain{device=\"station-1\"} > 5")});
  world.put("pump-3", "level", 4.0, 1s);
  world.put("station-1", "rain", 6.0, 2s);
  const std::array first{world.handle("pump-3", "level")};
  CHECK(evaluator->on_readings(first, at(1s)).transitions.empty());
  const std::array changed{world.handle("station-1", "rain")};
  const auto out = evaluator->on_readings(changed, at(2s)).transitions;
  REQUIRE(out.size() == 1);
  CHECK(out[0].alarm == "site/test pump-3");
  REQUIRE(out[0].inputs.size() == 2);
  CHECK(out[0].inputs[0].point == "pump-3.level");
  CHECK(out[0].inputs[1].point == "station-1.rain");
}

TEST_CASE("a metric that no point has is told with the nearest", "[rules]") {
  CHECK(problems("volum > 1") == "5:11 no point has metric \"volum\" (nearest: \"volume\")");
  CHECK(problems("level > 1 and zebra_crossing > 2") == "5:25 no point has metric \"zebra_crossing\"");
  CHECK(problems("volum{lane=\"1\"} > 1") == "5:11 no point has metric \"volum\" (nearest: \"volume\")");
}

TEST_CASE("a selector that picks nothing is told with the nearest", "[rules]") {
  CHECK(problems("volume{device=\"junction-9\", lane=\"2\"} > 1") ==
        "5:11 no point is volume{device=\"junction-9\", lane=\"2\"} "
        "(nearest: volume{device=\"junction-7\", lane=\"2\"})");
  CHECK(problems("volume{lane=\"9\"} > 1") == "5:11 no point is volume{lane=\"9\"} (nearest: volume{lane=\"1\"})");
}

TEST_CASE("a selector that picks several tells how many and what would part them", "[rules]") {
  CHECK(problems("volume{device=\"junction-7\"} > 1") ==
        "5:11 volume{device=\"junction-7\"} picks 3 points, lane=\"...\" would tell them apart");
  CHECK(problems("level > 1 or volume{family=\"traffic\"} > 1").find("fits no device") != std::string::npos);
  CHECK(problems("occupancy > 1 or volume{family=\"traffic\"} > 1") ==
        "5:28 volume{family=\"traffic\"} picks 3 points of junction-7, lane=\"...\" would tell them apart");
}

TEST_CASE("a rule that fits no device says what it looked for", "[rules]") {
  CHECK(problems("level > 1 and occupancy > 2") == "4:3 rule site/test fits no device: none has level and occupancy");
  auto spec = rule("level > 1");
  spec.match = {{"family", "traffic"}};
  CHECK(problems(World{}, spec) == "4:3 rule site/test fits no device: none with family=\"traffic\" has level");
  spec.match = {{"family", "trafic"}};
  CHECK(problems(World{}, spec) ==
        "4:3 rule site/test fits no device: none has family=\"trafic\" (nearest: \"traffic\")");
}

TEST_CASE("the problems of all rules are told together", "[rules]") {
  World world;
  const std::vector<model::RuleSpec> specs{rule("level ="), rule("volum > 1")};
  const auto out = Evaluator::compile(specs, world.table);
  CHECK(out.evaluator == nullptr);
  REQUIRE(out.problems.size() == 3);
  CHECK(out.problems[1].what == "rule site/test is given twice");
}

TEST_CASE("no rules make an evaluator that never wakes", "[rules]") {
  World world;
  const auto evaluator = compiled(world, {});
  CHECK(evaluator->rule_count() == 0);
  CHECK_FALSE(evaluator->next_timer());
}

}  // namespace

TEST_CASE("the inputs of all rules are told, each once, in the order of the points", "[rules]") {
  World world;
  auto second = rule("level > 4");
  second.name = "second";
  const auto inputs = compiled(world, {rule("level > 3"), second})->inputs();
  CHECK(inputs.size() >= 1);
  CHECK(std::ranges::is_sorted(inputs));
  CHECK(std::ranges::adjacent_find(inputs) == inputs.end());
  CHECK(std::ranges::find(inputs, world.handle("pump-3", "level")) != inputs.end());
  CHECK(compiled(world, {})->inputs().empty());
}

}  // namespace wayside::rules::test
