#include "rules/alarm_life.hpp"

#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

using model::AlarmState;
using model::TransitionCause;

model::RuleSpec high_level() { return rule("level > 3"); }

TEST_CASE("an alarm without `for` is raised at once and cleared when its condition ends", "[rules]") {
  Pump pump(high_level());
  CHECK(pump.level(1s, 2.0).empty());
  const auto raised = pump.level(2s, 4.0);
  REQUIRE(raised.size() == 1);
  CHECK(raised[0].from == AlarmState::normal);
  CHECK(raised[0].to == AlarmState::raised);
  CHECK(raised[0].cause == TransitionCause::condition);
  CHECK(raised[0].count == 1);
  CHECK(raised[0].at == at(2s));
  CHECK(pump.level(3s, 5.0).empty());
  const auto cleared = pump.level(4s, 3.0);
  REQUIRE(cleared.size() == 1);
  CHECK(cleared[0].from == AlarmState::raised);
  CHECK(cleared[0].to == AlarmState::normal);
  CHECK(cleared[0].cause == TransitionCause::cleared);
  CHECK(cleared[0].count == 2);
}

TEST_CASE("with `for` an alarm is pending from the first true instant and raised by a timer", "[rules]") {
  auto spec = high_level();
  spec.hold_for = 25s;
  Pump pump(spec);
  CHECK(pump.level(1s, 4.0).empty());
  CHECK(pump.view().pending);
  CHECK(pump.evaluator->next_timer() == at(26s));
  CHECK(pump.level(11s, 4.0).empty());
  CHECK(pump.timer(25999ms).empty());
  const auto raised = pump.timer(26s);
  REQUIRE(raised.size() == 1);
  CHECK(raised[0].at == at(26s));
  CHECK_FALSE(pump.view().pending);
}

TEST_CASE("with `for` a reading at its end raises too", "[rules]") {
  auto spec = high_level();
  spec.hold_for = 20s;
  Pump pump(spec);
  CHECK(pump.level(1s, 4.0).empty());
  CHECK(pump.level(11s, 4.0).empty());
  CHECK(pump.level(21s, 4.0).size() == 1);
}

TEST_CASE("a false instant starts `for` anew", "[rules]") {
  auto spec = high_level();
  spec.hold_for = 20s;
  Pump pump(spec);
  pump.level(1s, 4.0);
  pump.level(11s, 2.0);
  CHECK_FALSE(pump.view().pending);
  CHECK(pump.level(21s, 4.0).empty());
  CHECK(pump.timer(31s + 1us).empty());  // when the first reading would have been too old
  CHECK(pump.evaluator->next_timer() == at(41s));
}

TEST_CASE("a bad reading starts `for` anew, and raises and clears nothing", "[rules]") {
  auto spec = high_level();
  spec.hold_for = 20s;
  Pump pump(spec);
  pump.level(1s, 4.0);
  CHECK(pump.level(11s, {}, Quality::bad_no_communication).empty());
  CHECK(pump.view().unknown);
  CHECK_FALSE(pump.view().pending);
  CHECK_FALSE(pump.evaluator->next_timer());
  CHECK(pump.level(21s, 4.0).empty());
  CHECK(pump.level(41s, 4.0).size() == 1);
  CHECK(pump.level(51s, {}, Quality::bad).empty());
  CHECK(pump.raised());
}

TEST_CASE("an input older than three periods makes a rule unknown by a timer", "[rules]") {
  auto spec = high_level();
  spec.hold_for = 60s;
  Pump pump(spec);
  pump.level(1s, 4.0);
  CHECK(pump.evaluator->next_timer() == at(31s + 1us));
  CHECK(pump.timer(31s).empty());
  CHECK(pump.view().pending);
  CHECK(pump.timer(31s + 1us).empty());
  CHECK(pump.view().unknown);
  CHECK_FALSE(pump.view().pending);
  CHECK_FALSE(pump.evaluator->next_timer());
}

TEST_CASE("a raised alarm whose input grows old stays", "[rules]") {
  Pump pump(high_level());
  pump.level(1s, 4.0);
  CHECK(pump.timer(100s).empty());
  CHECK(pump.raised());
  CHECK(pump.view().unknown);
  CHECK(pump.level(101s, 2.0).size() == 1);
}

TEST_CASE("an uncertain value is used, but not one of which nothing was read", "[rules]") {
  Pump pump(high_level());
  CHECK(pump.view().unknown);
  CHECK(pump.level(1s, 4.0, Quality::uncertain_initial_value).empty());
  CHECK(pump.view().unknown);
  CHECK(pump.level(2s, 4.0, Quality::uncertain_range_exceeded).size() == 1);
}

TEST_CASE("a side that decides is enough: false and unknown is false", "[rules]") {
  Pump pump(rule("level > 3 and running == 1"));
  pump.level(1s, 2.0);
  CHECK_FALSE(pump.view().unknown);
  pump.level(2s, 4.0);
  CHECK(pump.view().unknown);
}

TEST_CASE("with a clear condition an alarm stays until that holds", "[rules]") {
  auto spec = high_level();
  spec.clear = model::ExpressionText{"level < 2", {}};
  Pump pump(spec);
  CHECK(pump.level(1s, 4.0).size() == 1);
  CHECK(pump.level(2s, 2.5).empty());
  CHECK(pump.level(3s, {}, Quality::bad).empty());
  CHECK(pump.raised());
  CHECK(pump.level(4s, 1.5).size() == 1);
  CHECK(pump.level(5s, 2.5).empty());
}

TEST_CASE("a clear condition that overlaps does not make an alarm come and go", "[rules]") {
  auto spec = high_level();
  spec.clear = model::ExpressionText{"level < 10", {}};
  Pump pump(spec);
  CHECK(pump.level(1s, 4.0).size() == 1);
  CHECK(pump.level(2s, 4.0).empty());
  CHECK(pump.level(3s, 3.0).size() == 1);
}

TEST_CASE("keep_firing_for holds an alarm until its condition was over for so long", "[rules]") {
  auto spec = high_level();
  spec.keep_firing_for = 15s;
  Pump pump(spec);
  CHECK(pump.level(1s, 4.0).size() == 1);
  CHECK(pump.level(2s, 1.0).empty());
  CHECK(pump.evaluator->next_timer() == at(17s));
  CHECK(pump.level(10s, 4.0).empty());  // again: the time starts anew
  CHECK(pump.level(12s, 1.0).empty());
  CHECK(pump.level(20s, {}, Quality::bad).empty());  // so it does where nothing is known
  CHECK(pump.level(22s, 1.0).empty());
  CHECK(pump.timer(36s).empty());
  CHECK(pump.timer(37s).size() == 1);
  CHECK_FALSE(pump.raised());
}

TEST_CASE("the life follows a reference that looks at the whole past", "[rules]") {
  const LifeTiming timing{3us, 2us};
  std::uint64_t seed = 7;
  AlarmLife life;
  bool raised = false;
  std::vector<std::optional<bool>> past;  // since the last change
  for (int i = 0; i < 100000; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const auto draw = (seed >> 33U) % 16;
    const std::optional<bool> condition = draw == 0 ? std::nullopt : std::optional(draw < 9);
    past.push_back(condition);
    const std::size_t needed = raised ? 3 : 4;  // instants 1 us apart
    bool change = past.size() >= needed;
    for (std::size_t k = 1; change && k <= needed; ++k) change = past[past.size() - k] == !raised;
    const auto got = life.step(timing, {condition, condition ? std::optional(!*condition) : std::nullopt}, at(1us * i));
    REQUIRE(got.has_value() == change);
    if (!change) continue;
    raised = !raised;
    past.clear();
    REQUIRE(life.is_active() == raised);
  }
}

}  // namespace
}  // namespace wayside::rules::test
