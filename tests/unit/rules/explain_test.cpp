// What the engine says of itself for `wayside why`.
#include <algorithm>
#include <array>

#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

model::RuleSpec named(std::string name, std::string expr) {
  auto spec = rule(std::move(expr));
  spec.name = std::move(name);
  return spec;
}

model::RuleSpec recording(std::string name, std::string expr) {
  auto spec = named(std::move(name), std::move(expr));
  spec.recorded.emplace();
  spec.recorded->unit = "1";
  return spec;
}

}  // namespace

TEST_CASE("an alarm is explained with its rule, its inputs and what it says") {
  Pump pump(rule("level > 5 and running == 1"));
  pump.level(10s, 6.0);
  const auto why = pump.evaluator->explain("site/test pump-3");
  REQUIRE(why.has_value());
  CHECK(why->spec->expr.text == "level > 5 and running == 1");
  CHECK(why->unknown);  // running was never read
  CHECK(why->state == model::AlarmState::normal);
  CHECK(why->inputs == std::vector{pump.world.handle("pump-3", "level"), pump.world.handle("pump-3", "running")});
  CHECK(why->place.department == "water");
  CHECK(why->hidden_by.empty());
}

TEST_CASE("a raised alarm is explained as raised, one whose time runs as pending") {
  auto slow = rule("level > 5");
  slow.hold_for = 30s;
  Pump pump(slow);
  pump.level(10s, 6.0);
  CHECK(pump.evaluator->explain("site/test pump-3")->pending);
  pump.timer(40s);
  const auto why = pump.evaluator->explain("site/test pump-3");
  CHECK(why->state == model::AlarmState::raised);
  CHECK_FALSE(why->pending);
}

TEST_CASE("a rule is told over its instances: state, what it reads, how often it ran, why it is unknown") {
  World world;
  const auto evaluator =
      compiled(world, {named("fast", "speed > 100 and occupancy > 1"), recording("total", "level * 2")});
  auto views = evaluator->rule_views();
  REQUIRE(views.size() == 2);
  CHECK(views[0].rule == "site/fast");
  CHECK(views[0].instances == 6);
  CHECK(views[0].unknown == 6);
  CHECK(views[0].points == 8);  // six speeds, two occupancies
  CHECK(views[0].evaluations == 0);
  CHECK_FALSE(views[0].evaluated);
  CHECK(views[1].rule == "site/total");
  CHECK(views[1].records);
  CHECK(views[1].instances == 1);
  CHECK(views[1].points == 1);
  CHECK(views[1].unknown == 1);
  CHECK(views[1].bad_input == world.handle("pump-3", "level"));

  world.put("junction-7", "occupancy", 2.0, 10s);
  world.put("junction-7", "lane-1.speed", 120.0, 10s);
  world.put("pump-3", "level", 3.0, 10s);
  const std::array changed{world.handle("junction-7", "occupancy"), world.handle("junction-7", "lane-1.speed"),
                           world.handle("pump-3", "level")};
  static_cast<void>(evaluator->on_readings(changed, at(10s)));
  views = evaluator->rule_views();
  CHECK(views[0].active == 1);
  CHECK(views[0].unknown == 5);
  CHECK(views[0].evaluations >= 1);
  CHECK(views[0].evaluated == at(10s));
  REQUIRE(views[0].bad_input);
  CHECK(views[0].first_unknown.find("site/fast junction-7") == 0);
  CHECK(views[0].bad_input == world.handle("junction-7", "lane-2.speed"));
  CHECK(views[1].unknown == 0);
  CHECK(views[1].evaluations == 1);
  CHECK(views[1].evaluated == at(10s));
}

TEST_CASE("an alarm that is not there is answered with the nearest") {
  Pump pump(rule("level > 5"));
  const auto why = pump.evaluator->explain("site/test pump-4");
  REQUIRE_FALSE(why.has_value());
  CHECK(why.error().what.find("did you mean 'site/test pump-3'") != std::string::npos);
}

TEST_CASE("the alarms on a point are those that read it, also through windows, aggregations and derived points") {
  World world;
  auto total = recording("total", "sum(volume) by (device)");
  const auto evaluator =
      compiled(world, {total, named("direct", "volume > 100"), named("window", "avg_over(volume, 1m) > 9"),
                       named("derived", "total > 300"), named("other", "occupancy > 90")});
  const auto alarms = evaluator->alarms_on(world.handle("junction-7", "lane-2.volume"), 100);
  const auto has = [&alarms](const char* alarm) { return std::ranges::find(alarms, alarm) != alarms.end(); };
  CHECK(has("site/direct junction-7 lane-2"));
  CHECK(has("site/window junction-7 lane-2"));
  CHECK(has("site/derived junction-7"));
  CHECK_FALSE(has("site/direct junction-7 lane-1"));
  CHECK_FALSE(has("site/derived junction-8"));
  CHECK(alarms.size() == 3);
  CHECK(evaluator->alarms_on(world.handle("junction-7", "lane-2.volume"), 2).size() == 2);
}

TEST_CASE("a derived point is made of the points that its rule reads") {
  World world;
  const auto evaluator = compiled(world, {recording("total", "sum(volume) by (device)")});
  const auto inputs = evaluator->inputs_of(world.handle("junction-8", "total"), 100);
  CHECK(inputs == std::vector{world.handle("junction-8", "lane-1.volume"), world.handle("junction-8", "lane-2.volume"),
                              world.handle("junction-8", "lane-3.volume")});
  CHECK(evaluator->inputs_of(world.handle("pump-3", "level"), 100).empty());
}

}  // namespace wayside::rules::test
