#include "rules/condition.hpp"

#include "world.hpp"

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace wayside::rules::test;  // NOLINT(google-build-using-namespace)
using rules::Condition;

namespace {

Condition::Compiled compile(const World& world, const std::string& text, const std::string& device = "pump-3",
                            const std::string& instance = "") {
  return Condition::compile({text, {"gateway.yaml", 7, 20}}, model::DeviceId{device}, instance, world.table);
}

std::string problem(const std::string& text) {
  const World world;
  const auto out = compile(world, text);
  CHECK_FALSE(out.condition);
  REQUIRE(out.problems.size() == 1);
  return std::to_string(out.problems[0].place.line) + ":" + std::to_string(out.problems[0].place.column) + " " +
         out.problems[0].what;
}

}  // namespace

TEST_CASE("a condition is true, false, or unknown with the inputs that are to blame") {
  World world;
  const auto compiled = compile(world, "running == 0 and rain{device=\"station-1\"} < 5");
  REQUIRE(compiled.condition);
  CHECK(compiled.condition->points().size() == 2);
  world.put("pump-3", "running", 0.0, 1s);
  world.put("station-1", "rain", 1.0, 1s);
  CHECK(compiled.condition->evaluate(at(2s)).truth == true);
  CHECK(compiled.condition->evaluate(at(2s)).bad.empty());
  world.put("pump-3", "running", 1.0, 3s);
  CHECK(compiled.condition->evaluate(at(4s)).truth == false);
  world.put("pump-3", "running", 0.0, 5s, Quality::bad_no_communication);
  const auto verdict = compiled.condition->evaluate(at(6s));
  CHECK_FALSE(verdict.truth);
  REQUIRE(verdict.bad.size() == 1);
  CHECK(verdict.bad[0] == "pump-3.running: bad (no communication)");
}

TEST_CASE("an input that is too old is named as such") {
  World world;
  const auto compiled = compile(world, "running == 0");
  world.put("pump-3", "running", 0.0, 1s);
  const auto verdict = compiled.condition->evaluate(at(40s));
  CHECK_FALSE(verdict.truth);
  REQUIRE(verdict.bad.size() == 1);
  CHECK(verdict.bad[0] == "pump-3.running: not read lately");
}

TEST_CASE("bare metrics are those of the instance first, then of its device") {
  World world;
  const auto compiled = compile(world, "speed < 10 and occupancy > 1", "junction-7", "lane-2");
  REQUIRE(compiled.condition);
  CHECK(compiled.condition->points()[0] == world.handle("junction-7", "lane-2.speed"));
  CHECK(compiled.condition->points()[1] == world.handle("junction-7", "occupancy"));
}

TEST_CASE("what is wrong with a condition is told at its place") {
  CHECK(problem("running = = 0").starts_with("7:"));
  CHECK(problem("runing == 0") == "7:20 the device has no \"runing\" (nearest: \"running\")");
  CHECK(problem("running + 1").starts_with("7:"));
  CHECK(problem("true or false").find("uses no point") != std::string::npos);
  CHECK(problem("").starts_with("7:20"));
  CHECK(problem("running{device=\"pump-4\"} == 0").find("pump-3") != std::string::npos);
}
