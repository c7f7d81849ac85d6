#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

using model::AlarmState;
using model::AlarmVerb;
using Cause = model::TransitionCause;

constexpr const char* kAlarm = "site/test pump-3";

model::RuleSpec latched() {
  auto spec = rule("level > 3");
  spec.latch = true;
  spec.escalate_after = 10min;
  spec.escalate_to = "night-shift";
  spec.annotations["summary"] = "level {{ $value }}";
  return spec;
}

model::AlarmOrder order(AlarmVerb verb, const std::string& alarm = kAlarm) {
  return {verb, alarm, "li", "cleaning", 1h};
}

TEST_CASE("an order goes to the alarm it names and comes back as a transition with everything", "[rules][orders]") {
  Pump pump(latched());
  pump.level(1s, 4.0);
  pump.level(2s, 2.0);
  const auto done = pump.evaluator->carry_out(order(AlarmVerb::acknowledge), at(3s));
  REQUIRE(done.has_value());
  CHECK(done->alarm == kAlarm);
  CHECK(done->rule == "site/test");
  CHECK(done->device.value == "pump-3");
  CHECK(done->from == AlarmState::returned);
  CHECK(done->to == AlarmState::latched);
  CHECK(done->cause == Cause::acknowledged);
  CHECK(done->count == 3);
  CHECK(done->by == "li");
  CHECK(done->place.department == "water");
  REQUIRE(done->inputs.size() == 1);
  CHECK(done->inputs[0].value == model::Value{2.0});
  CHECK(pump.evaluator->alarm(kAlarm)->state == AlarmState::latched);
}

TEST_CASE("an unknown alarm is told with the nearest, and an order that does not fit changes nothing",
          "[rules][orders]") {
  Pump pump(latched());
  const auto unknown = pump.evaluator->carry_out(order(AlarmVerb::acknowledge, "site/tets pump-3"), at(1s));
  REQUIRE(unknown.has_error());
  CHECK(unknown.error().code == base::Errc::not_found);
  CHECK(unknown.error().what == "no alarm 'site/tets pump-3'; did you mean 'site/test pump-3'?");
  CHECK(pump.evaluator->carry_out(order(AlarmVerb::acknowledge), at(1s)).has_error());
  CHECK(pump.evaluator->alarms().empty());
  CHECK_FALSE(pump.evaluator->alarm("x").has_value());
}

TEST_CASE("an escalation says who is to know, by a timer", "[rules][orders]") {
  Pump pump(latched());
  pump.level(1s, 4.0);
  const auto told = pump.timer(1s + 10min);
  const auto escalated = std::ranges::find(told, Cause::escalated, &model::AlarmTransition::cause);
  REQUIRE(escalated != told.end());
  CHECK(escalated->escalated_to == "night-shift");
}

TEST_CASE("the end of a shelf is a timer of the evaluator, after a restart too", "[rules][orders]") {
  Pump pump(latched());
  pump.level(1s, 4.0);
  REQUIRE(pump.evaluator->carry_out(order(AlarmVerb::shelve), at(10s)).has_value());
  const auto records = pump.evaluator->alarms();
  REQUIRE(records.size() == 1);
  CHECK(records[0].shelved_until == at(10s + 1h));
  CHECK(records[0].state == AlarmState::shelved);

  Pump again(latched());
  CHECK(again.evaluator->restore(records, at(20s)).transitions.empty());
  CHECK(again.evaluator->next_timer() == at(10s + 1h));
  again.evaluator->shorten_shelf(kAlarm, at(30min));
  CHECK(again.evaluator->next_timer() == at(30min));
  const auto out = again.timer(30min);
  REQUIRE(out.size() == 1);
  CHECK(out[0].cause == Cause::shelf_expired);
  CHECK(out[0].to == AlarmState::raised);
  CHECK(out[0].count == 3);
}

TEST_CASE("a rule that has become another ends what hid its alarm; a new latch alone does not", "[rules][orders]") {
  Pump pump(rule("level > 3"));
  pump.level(1s, 4.0);
  static_cast<void>(pump.evaluator->carry_out(order(AlarmVerb::take_out_of_service), at(10s)));
  const auto records = pump.evaluator->alarms();

  auto only_latch = rule("level > 3");
  only_latch.latch = true;
  Pump same(only_latch);
  CHECK(same.evaluator->restore(records, at(20s)).transitions.empty());
  CHECK(same.evaluator->alarm(kAlarm)->state == AlarmState::out_of_service);

  Pump other(rule("level > 2"));
  const auto removed = other.evaluator->restore(records, at(20s)).transitions;
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].from == AlarmState::out_of_service);
  CHECK(removed[0].to == AlarmState::normal);
  CHECK(removed[0].cause == Cause::removed);
  CHECK(removed[0].count == 3);
  CHECK(other.evaluator->alarm(kAlarm)->state == AlarmState::normal);
  CHECK_FALSE(other.evaluator->alarm(kAlarm)->out_of_service);
}

TEST_CASE("a parent's alarm hides its children, also one that someone has shelved, and lets them go later",
          "[rules][orders]") {
  World world;
  auto parent = rule("running == 0");
  parent.name = "stopped";
  auto child = rule("level > 3");
  child.suppressed_by = {{"stopped", {}, {}}};
  const auto evaluator = compiled(world, {child, parent});
  const auto see = [&](const char* name, double value, std::chrono::microseconds t) {
    world.put("pump-3", name, value, t);
    const std::array changed{world.handle("pump-3", name)};
    std::string out;
    for (const auto& one : evaluator->on_readings(changed, at(t)).transitions) {
      out +=
          one.rule + " " + std::string(model::to_string(one.cause)) + ":" + std::string(model::to_string(one.to)) + ";";
    }
    return out;
  };
  see("running", 1, 1s);
  CHECK(see("level", 4, 2s) == "site/test condition:raised;");
  CHECK(see("running", 0, 3s) == "site/stopped condition:raised;site/test suppressed:suppressed;");
  REQUIRE(evaluator->carry_out(order(AlarmVerb::shelve, "site/stopped pump-3"), at(4s)).has_value());
  CHECK(see("level", 5, 5s).empty());
  CHECK(evaluator->alarm(kAlarm)->live == AlarmState::raised);
  CHECK(see("running", 1, 10s) == "site/stopped cleared:shelved;");
  CHECK(evaluator->next_timer().value() <= at(70s));
  CHECK(see("level", 5, 69s).empty());
  const auto out = evaluator->on_timer(at(70s)).transitions;
  REQUIRE(out.size() == 1);
  CHECK(out[0].cause == Cause::unsuppressed);
  CHECK(out[0].to == AlarmState::raised);
}

}  // namespace
}  // namespace wayside::rules::test
