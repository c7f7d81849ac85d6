#include <map>

#include "rules/deadlines.hpp"
#include "rules/rule.hpp"
#include "rules/template.hpp"
#include "unit/rules/allocations.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

using model::AlarmState;
using model::TransitionCause;

model::RuleSpec described() {
  auto spec = rule("level * 2 > 6");
  spec.severity = model::Severity::high;
  spec.labels = {{"team", "north"}};
  spec.annotations = {{"summary", "{{ $labels.device }} at {{$value}} ({{ $labels.team }}, {{ $labels.none }})"}};
  return spec;
}

// A record as it would be stored, of an alarm that is raised.
std::vector<model::AlarmRecord> stored(const model::RuleSpec& spec) {
  Pump pump(spec);
  pump.level(1s, 4.0);
  return pump.evaluator->alarms();
}

TEST_CASE("a transition tells all that one must know who was not there", "[rules]") {
  Pump pump(described());
  const auto out = pump.level(1s, 4.0);
  REQUIRE(out.size() == 1);
  CHECK(out[0].alarm == "site/test pump-3");
  CHECK(out[0].rule == "site/test");
  CHECK(out[0].rule_version.size() == 16);
  CHECK(out[0].severity == model::Severity::high);
  CHECK(out[0].device.value == "pump-3");
  CHECK(out[0].place.department == "water");
  CHECK(out[0].place.area.path() == "city/north/main-street/g1");
  CHECK(out[0].labels ==
        std::map<std::string, std::string>{{"device", "pump-3"}, {"family", "pump"}, {"team", "north"}});
  CHECK(out[0].summary == "pump-3 at 8 (north, -)");
  REQUIRE(out[0].inputs.size() == 1);
  CHECK(out[0].inputs[0].point == "pump-3.level");
  CHECK(out[0].inputs[0].unit == "m");
  CHECK(out[0].inputs[0].value == model::Value{4.0});
  CHECK(out[0].data_class == model::DataClass::internal);
}

TEST_CASE("the rule's department goes before the device's, and without a summary there is a plain one", "[rules]") {
  auto spec = rule("level > 3");
  spec.department = "roads";
  Pump pump(spec);
  const auto out = pump.level(1s, 4.0);
  REQUIRE(out.size() == 1);
  CHECK(out[0].place.department == "roads");
  CHECK(out[0].summary == "test on pump-3");
}

TEST_CASE("a transition has the highest class of its inputs", "[rules]") {
  World world;
  model::PointInfo info;
  info.device = model::DeviceId{"pump-3"};
  info.name = info.metric = "operator_badge";
  info.data_class = model::DataClass::sensitive;
  const std::array changed{world.table.add(info)};
  const auto evaluator = compiled(world, {rule("operator_badge > 0 or level > 9")});
  world.put("pump-3", "operator_badge", std::int64_t{7}, 1s);
  const auto out = evaluator->on_readings(changed, at(1s)).transitions;
  REQUIRE(out.size() == 1);
  CHECK(out[0].data_class == model::DataClass::sensitive);
  CHECK(out[0].inputs[1].quality == Quality::uncertain_initial_value);
}

TEST_CASE("only instances that use a changed point run", "[rules]") {
  World world;
  const auto evaluator = compiled(world, {rule("volume > 10")});
  world.put("junction-7", "lane-1.volume", 20.0, 1s);
  world.put("junction-7", "lane-2.volume", 20.0, 1s);
  const std::array changed{world.handle("junction-7", "lane-2.volume")};
  const auto out = evaluator->on_readings(changed, at(1s)).transitions;
  REQUIRE(out.size() == 1);
  CHECK(out[0].alarm == "site/test junction-7 lane-2");
  CHECK(evaluator->instances()[0].unknown);
}

TEST_CASE("the order of readings does not change the order of transitions", "[rules]") {
  std::vector<std::string> orders;
  for (const bool turned : {false, true}) {
    World world;
    const auto evaluator = compiled(world, {rule("volume > 10")});
    std::vector<model::PointHandle> changed;
    for (const std::string name : {"lane-1.volume", "lane-2.volume", "lane-3.volume"}) {
      world.put("junction-7", name, 20.0, 1s);
      changed.insert(turned ? changed.begin() : changed.end(), world.handle("junction-7", name));
    }
    std::string order;
    for (const auto& t : evaluator->on_readings(changed, at(1s)).transitions) order += t.alarm + ";";
    orders.push_back(order);
  }
  CHECK(orders[0] == orders[1]);
}

TEST_CASE("a raised alarm is raised after a restart, without a transition, and clears with the next count", "[rules]") {
  const auto records = stored(described());
  REQUIRE(records.size() == 1);
  CHECK(records[0].state == AlarmState::raised);
  Pump pump(described());
  CHECK(pump.evaluator->restore(records, at(0s)).transitions.empty());
  CHECK(pump.raised());
  CHECK(pump.evaluator->alarms()[0].summary == records[0].summary);
  CHECK(pump.level(1s, 4.0).empty());
  const auto cleared = pump.level(2s, 1.0);
  REQUIRE(cleared.size() == 1);
  CHECK(cleared[0].count == 2);
}

TEST_CASE("an alarm whose device or rule is gone ends as removed and is forgotten", "[rules]") {
  auto records = stored(described());
  records[0].alarm = "site/old pump-9";
  records[0].device = model::DeviceId{"pump-9"};
  Pump pump(described());
  const auto out = pump.evaluator->restore(records, at(5s)).transitions;
  REQUIRE(out.size() == 1);
  CHECK(out[0].cause == TransitionCause::removed);
  CHECK(out[0].to == AlarmState::normal);
  CHECK(out[0].count == 2);
  CHECK(out[0].rule == "site/old");
  CHECK(out[0].place.department == "water");
  CHECK(out[0].at == at(5s));
  CHECK(pump.evaluator->alarms().empty());
  records[0].state = AlarmState::normal;
  CHECK(Pump(described()).evaluator->restore(records, at(5s)).transitions.empty());
}

TEST_CASE("a rule that says something else starts anew, its count goes on", "[rules]") {
  const auto records = stored(described());
  for (int change = 0; change < 4; ++change) {
    auto spec = described();
    if (change == 0) spec.expr.text = "level * 2 > 5";
    if (change == 1) spec.clear = model::ExpressionText{"level < 1", {}};
    if (change == 2) spec.hold_for = 1s;
    if (change == 3) spec.match = {{"family", "pump"}};
    Pump pump(spec);
    const auto out = pump.evaluator->restore(records, at(0s)).transitions;
    REQUIRE(out.size() == 1);
    CHECK(out[0].cause == TransitionCause::removed);
    CHECK(out[0].count == 2);
    CHECK(out[0].rule_version == records[0].rule_version);
    CHECK_FALSE(pump.raised());
    pump.level(1s, 4.0);
    pump.level(2s, 4.0);
    CHECK(pump.evaluator->alarms()[0].count == 3);
  }
}

TEST_CASE("another severity, department or text keeps the state of an alarm", "[rules]") {
  auto spec = described();
  spec.severity = model::Severity::low;
  spec.keep_firing_for = 5s;
  spec.annotations.clear();
  Pump pump(spec);
  CHECK(pump.evaluator->restore(stored(described()), at(0s)).transitions.empty());
  CHECK(pump.raised());
  CHECK(rule_version(spec) != rule_version(described()));
}

TEST_CASE("an alarm that is normal keeps its count over a restart", "[rules]") {
  Pump first(described());
  first.level(1s, 4.0);
  first.level(2s, 1.0);
  Pump second(described());
  CHECK(second.evaluator->restore(first.evaluator->alarms(), at(0s)).transitions.empty());
  const auto out = second.level(1s, 4.0);
  REQUIRE(out.size() == 1);
  CHECK(out[0].count == 3);
}

TEST_CASE("readings that change no state take no memory", "[rules]") {
  auto spec = rule("level > 3 and running{device=\"pump-3\"} == 1 or level / 2 > 100");
  spec.hold_for = 1h;
  Pump pump(spec);
  const std::array changed{pump.world.handle("pump-3", "level")};
  pump.world.put("pump-3", "running", true, 0s);
  pump.level(0s, 4.0);
  const auto before = allocations();
  for (int i = 1; i < 1000; ++i) {
    pump.world.table.apply({changed[0], i % 3 == 0 ? 2.0 : 4.0, Quality::good, at(1s * i)});
    static_cast<void>(pump.evaluator->on_readings(changed, at(1s * i)));
    static_cast<void>(pump.evaluator->on_timer(at(1s * i)));
  }
  const auto after = allocations();
  CHECK(after == before);
}

TEST_CASE("an annotation that cannot be filled is a problem of its rule", "[rules]") {
  auto spec = rule("level > 3");
  spec.annotations = {{"summary", "at {{ $valeu }}"}};
  CHECK(problems(World{}, spec) ==
        "4:3 annotation summary of rule site/test: '{{ $valeu }}': there is no parameter \"valeu\"; "
        "there are $value and $labels.NAME");
  spec.annotations = {{"description", "at {{ $value"}};
  CHECK(problems(World{}, spec) ==
        "4:3 annotation description of rule site/test: '{{ $value' is not closed, write '}}'");
  CHECK(Template::compile("a {b} }} c").text.render("1", {}, {}) == "a {b} }} c");
}

TEST_CASE("deadlines come in order of time, however they were moved", "[rules]") {
  Deadlines deadlines(50);
  std::map<std::uint32_t, base::BootTime> reference;
  std::uint64_t seed = 3;
  for (int i = 0; i < 20000; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const auto who = static_cast<std::uint32_t>((seed >> 33U) % 50);
    const auto when = at(std::chrono::microseconds((seed >> 40U) % 1000));
    if ((seed >> 20U) % 4 == 0) {
      deadlines.set(who, std::nullopt);
      reference.erase(who);
    } else {
      deadlines.set(who, when);
      reference[who] = when;
    }
    std::optional<base::BootTime> soonest;
    for (const auto& [instance, due] : reference) soonest = soonest ? std::min(*soonest, due) : due;
    REQUIRE(deadlines.soonest() == soonest);
    if (i % 7 != 0 || !soonest) continue;
    const auto taken = deadlines.take_due(*soonest);
    REQUIRE(taken);
    REQUIRE(reference.at(*taken) == *soonest);
    reference.erase(*taken);
  }
}

}  // namespace
}  // namespace wayside::rules::test
