// A technician takes a device for himself.
#include "command_world.hpp"

using namespace wayside;         // NOLINT(google-build-using-namespace)
using namespace wayside::tests;  // NOLINT(google-build-using-namespace)
using model::CommandOutcome;
using model::HoldStep;

namespace {

const model::DeviceId kRelay{"relay-1"};
const model::Asker kLi{"tech", "Li Wei"};
const model::Asker kZhao{"tech", "Zhao"};

using Held = std::optional<base::Result<model::Hold>>;

std::shared_ptr<Held> hold(CommandWorld& world, const model::Asker& by, std::chrono::microseconds span = 30min) {
  auto answer = std::make_shared<Held>();
  world.commander->hold(kRelay, by, span, [answer](base::Result<model::Hold> held) { *answer = std::move(held); });
  return answer;
}
base::Result<model::Hold> held(CommandWorld& world, const model::Asker& by, std::chrono::microseconds span = 30min) {
  const auto answer = hold(world, by, span);
  world.time.run_for(10ms);
  REQUIRE(*answer);
  return **answer;
}
model::CommandOrder local(const CommandWorld& world, const model::Asker& by) {
  auto order = world.order("relay-1", true);
  order.origin = model::CommandOrigin::local;
  order.by = by;
  return order;
}
CommandWorld::Setup after(const CommandWorld& world) {
  CommandWorld::Setup setup;
  setup.state = world.outbox.state;
  return setup;
}

}  // namespace

TEST_CASE("a hold keeps out the platform, rules and other people, and not its own holder") {
  CommandWorld world;
  REQUIRE(held(world, kLi).has_value());
  const auto platform = world.ask(world.order("relay-1", true));
  CHECK(platform.outcome == CommandOutcome::refused);
  CHECK(platform.reason.find("held by tech (Li Wei)") != std::string::npos);
  auto rule = world.order("relay-1", true);
  rule.origin = model::CommandOrigin::rule;
  CHECK(world.ask(rule).outcome == CommandOutcome::refused);
  CHECK(world.ask(local(world, kZhao)).outcome == CommandOutcome::refused);
  CHECK(world.bus.written.empty());
  CHECK(world.ask(local(world, kLi)).outcome == CommandOutcome::done);
  auto impostor = local(world, kLi);
  impostor.origin = model::CommandOrigin::platform;
  CHECK(world.ask(impostor).outcome == CommandOutcome::refused);
  auto other = world.order("relay-1", true);
  other.device = model::DeviceId{"pump-3"};
  CHECK(world.ask(other).outcome == CommandOutcome::done);
}

TEST_CASE("a command that waits for the bus does not slip past a hold") {
  CommandWorld world;
  world.queue.closed = true;
  const auto n = world.submit(world.order("relay-1", true));
  world.time.run_for(100ms);
  REQUIRE(held(world, kLi).has_value());
  world.queue.open();
  world.time.run_for(1s);
  REQUIRE(world.answers[n]);
  CHECK(world.answers[n]->outcome == CommandOutcome::refused);
  CHECK(world.bus.written.empty());
}

TEST_CASE("a hold is said to stand only when the write under way has ended") {
  CommandWorld world;
  const auto n = world.submit(world.order("relay-1", true));
  world.time.run_for(100ms);
  REQUIRE(world.bus.written.size() == 1);
  const auto answer = hold(world, kLi);
  world.time.run_for(100ms);
  CHECK_FALSE(*answer);
  world.time.run_for(1s);
  REQUIRE(world.answers[n]);
  REQUIRE(*answer);
  CHECK((*answer)->has_value());
}

TEST_CASE("a hold ends by itself, and every step is told") {
  CommandWorld world;
  REQUIRE(held(world, kLi, 1min).has_value());
  world.time.run_for(61s);
  CHECK(world.commander->holds().empty());
  CHECK(world.entries("hold").empty());
  CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done);
  const auto told = world.told<model::HoldChange>();
  REQUIRE(told.size() == 2);
  CHECK(told[0].step == HoldStep::placed);
  CHECK(told[0].hold.by == kLi);
  CHECK(told[0].place.department == "water");
  CHECK(told[1].step == HoldStep::ended);
}

TEST_CASE("a hold can be prolonged by its holder, released by anyone at the gateway, and not taken over") {
  CommandWorld world;
  REQUIRE(held(world, kLi, 1min).has_value());
  world.time.run_for(50s);
  REQUIRE(held(world, kLi, 1min).has_value());
  world.time.run_for(50s);
  CHECK(world.commander->holds().size() == 1);
  CHECK(held(world, kZhao).error().code == base::Errc::denied);
  Held released;
  world.commander->release(kRelay, kZhao, [&released](auto answer) { released = std::move(answer); });
  world.time.run_for(10ms);
  REQUIRE(released);
  CHECK(released->has_value());
  CHECK(world.told<model::HoldChange>().back().by == "tech (Zhao)");
  CHECK(world.commander->holds().empty());
  world.commander->release(kRelay, kZhao, [&released](auto answer) { released = std::move(answer); });
  world.time.run_for(10ms);
  CHECK(released->error().code == base::Errc::not_found);
}

TEST_CASE("a hold without a name, of no device, or without a sensible span is refused") {
  CommandWorld world;
  CHECK(held(world, {}).error().code == base::Errc::invalid_argument);
  CHECK(held(world, kLi, 0s).error().code == base::Errc::invalid_argument);
  CHECK(held(world, kLi, 25h).error().code == base::Errc::invalid_argument);
  Held unknown;
  world.commander->hold(model::DeviceId{"relay-7"}, kLi, 1min,
                        [&unknown](auto answer) { unknown = std::move(answer); });
  world.time.run_for(1ms);
  CHECK(unknown->error().code == base::Errc::not_found);
  CHECK(world.commander->holds().empty());
}

TEST_CASE("a hold outlives a restart of the gateway with its end") {
  CommandWorld first;
  REQUIRE(held(first, kLi, 30min).has_value());
  auto setup = after(first);
  setup.uptime = 29min;
  CommandWorld second(setup);
  CHECK(second.ask(second.order("relay-1", true)).outcome == CommandOutcome::refused);
  second.time.run_for(2min);
  CHECK(second.ask(second.order("relay-1", true)).outcome == CommandOutcome::done);
}

TEST_CASE("a hold that ended while the gateway was away is over, and that is told") {
  CommandWorld first;
  REQUIRE(held(first, kLi, 30min).has_value());
  auto setup = after(first);
  setup.uptime = 40min;
  CommandWorld second(setup);
  CHECK(second.ask(second.order("relay-1", true)).outcome == CommandOutcome::done);
  REQUIRE(second.told<model::HoldChange>().size() == 1);
  CHECK(second.told<model::HoldChange>()[0].step == HoldStep::ended);
}

TEST_CASE("after a restart of the machine the end of a hold is its date; without a clock the whole span runs again") {
  CommandWorld first;
  REQUIRE(held(first, kLi, 30min).has_value());
  auto setup = after(first);
  setup.boot = {9};
  setup.uptime = 20min;  // virtual wall time runs with it
  SECTION("the clock is trusted") {
    CommandWorld second(setup);
    second.time.run_for(9min);
    CHECK(second.commander->holds().size() == 1);
    second.time.run_for(2min);
    CHECK(second.commander->holds().empty());
  }
  SECTION("it is not") {
    setup.clock_trusted = false;
    CommandWorld second(setup);
    second.time.run_for(29min);
    CHECK(second.commander->holds().size() == 1);
    second.time.run_for(2min);
    CHECK(second.commander->holds().empty());
  }
  SECTION("it becomes so") {
    setup.clock_trusted = false;
    CommandWorld second(setup);
    second.time.run_for(5min);
    second.time.set_trusted(true);
    second.time.run_for(4min);
    CHECK(second.commander->holds().size() == 1);
    second.time.run_for(3min);
    CHECK(second.commander->holds().empty());
  }
}

TEST_CASE("a hold that cannot be read is held for the longest span rather than not at all") {
  CommandWorld::Setup setup;
  setup.boot = {9};
  setup.state[{"hold", "relay-1"}] = base::Bytes{1, 2, 3};
  CommandWorld world(setup);
  CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::refused);
  world.time.run_for(24h);
  CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done);
}
