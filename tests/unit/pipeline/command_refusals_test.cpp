// Everything a command may be refused for, each with its sentence; and its expiry.
#include "command_world.hpp"

using namespace wayside;         // NOLINT(google-build-using-namespace)
using namespace wayside::tests;  // NOLINT(google-build-using-namespace)
using model::CommandOutcome;

namespace {

bool says(const model::CommandResult& result, std::string_view words) {
  INFO(result.reason);
  const bool found = result.reason.find(words) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("what no one could carry out is refused, told, and touches no bus") {
  CommandWorld world;
  auto order = world.order("relay-1", std::string("on"));
  std::string words;
  SECTION("an unknown device, with the nearest") {
    order.device = model::DeviceId{"relay-2"};
    words = "relay-1";
  }
  SECTION("an unknown point, with the nearest") {
    order.point = "relay1";
    words = "relay-1";
  }
  SECTION("a point that is not on the allow-list") {
    order.point = "relay-1.state";
    words = "commands.allow";
  }
  SECTION("a truth that is none") {
    order.value = std::string("perhaps");
    words = "on or off";
  }
  SECTION("a number that is none") {
    order.point = "level";
    order.value = std::string("12x");
    words = "takes a number";
  }
  SECTION("no finite number") {
    order.point = "level";
    order.value = std::string("inf");
    words = "takes a number";
  }
  SECTION("a value out of its range, in the driver's words") {
    order.point = "level";
    order.value = 100.5;
    words = "0 to 100";
  }
  SECTION("a name that the enumeration does not have") {
    order.point = "mode";
    order.value = std::string("automatik");
    words = "automatic";
  }
  SECTION("no value at all") {
    order.value = {};
    words = "on or off";
  }
  SECTION("a family that gives no whole plan") {
    order.point = "stray";
    order.value = 1.0;
    words = "no complete plan";
  }
  SECTION("a life without end") {
    order.lives = std::chrono::hours{1};
    words = "10 minutes";
  }
  SECTION("an id that is no id") {
    order.id = "two words";
    words = "printable";
  }
  const auto result = world.ask(order);
  CHECK(result.outcome == CommandOutcome::refused);
  CHECK(result.written == model::Written::no);
  CHECK(says(result, words));
  CHECK(world.told<model::CommandResult>().size() == 1);
  CHECK(world.queue.run == 0);
  CHECK(world.commander->counters().refused == 1);
}

TEST_CASE("values are read by the kind of the point") {
  CommandWorld world;
  CHECK(world.ask(world.order("relay-1", std::string("off"))).asked == model::Value{false});
  CHECK(world.ask(world.order("relay-1", std::int64_t{1})).asked == model::Value{true});
  CHECK(world.ask(world.order("level", std::string("12.5"))).asked == model::Value{12.5});
  CHECK(world.ask(world.order("mode", std::string("automatic"))).asked == model::Value{std::string("automatic")});
  CHECK(world.ask(world.order("mode", std::string("1"))).asked == model::Value{std::string("automatic")});
}

TEST_CASE("no more commands a minute than a device may have; a refused one does not count") {
  CommandWorld world;
  for (int i = 0; i < 6; ++i) {
    CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done);
    CHECK(world.ask(world.order("relay-1.state", true)).outcome == CommandOutcome::refused);
  }
  const auto seventh = world.ask(world.order("relay-1", true));
  CHECK(seventh.outcome == CommandOutcome::refused);
  CHECK(says(seventh, "max_per_minute"));
  auto other = world.order("relay-1", true);
  other.device = model::DeviceId{"pump-3"};
  CHECK(world.ask(other).outcome == CommandOutcome::done);
  world.time.run_for(60s);
  CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done);
}

TEST_CASE("an interlock lets a command pass only while it is known to be true") {
  CommandWorld::Setup setup;
  setup.interlock_when = {true};
  setup.interlock = "level{device=\"pump-3\"} < 1";
  CommandWorld world(setup);
  SECTION("true") {
    world.put("pump-3", "level", 0.0);
    CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done);
  }
  SECTION("false") {
    world.put("pump-3", "level", 5.0);
    const auto result = world.ask(world.order("relay-1", true));
    CHECK(result.outcome == CommandOutcome::refused);
    CHECK(says(result, "is not true"));
  }
  SECTION("never read: unknown, and which input it is") {
    const auto result = world.ask(world.order("relay-1", true));
    CHECK(result.outcome == CommandOutcome::refused);
    CHECK(says(result, "pump-3.level: uncertain (no value yet)"));
  }
  SECTION("bad") {
    world.put("pump-3", "level", 0.0, model::Quality::bad_no_communication);
    CHECK(says(world.ask(world.order("relay-1", true)), "pump-3.level: bad (no communication)"));
  }
  SECTION("too old") {
    world.put("pump-3", "level", 0.0);
    world.time.run_for(31s);
    CHECK(says(world.ask(world.order("relay-1", true)), "pump-3.level: not read lately"));
  }
  SECTION("for the target values it is meant for, and no other") {
    world.put("pump-3", "level", 5.0);
    CHECK(world.ask(world.order("relay-1", false)).outcome == CommandOutcome::done);
  }
  SECTION("another point of the device is free") {
    CHECK(world.ask(world.order("relay-2", true)).outcome == CommandOutcome::done);
  }
  SECTION("it is looked at again right before the first byte") {
    world.put("pump-3", "level", 0.0);
    world.queue.closed = true;
    const auto n = world.submit(world.order("relay-1", true));
    world.time.run_for(1s);
    world.put("pump-3", "level", 5.0);
    world.queue.open();
    world.time.run_for(1s);
    REQUIRE(world.answers[n]);
    CHECK(world.answers[n]->outcome == CommandOutcome::refused);
    CHECK(world.bus.written.empty());
    CHECK(world.ask(world.order("relay-2", true)).outcome == CommandOutcome::done);  // the bus came back
  }
  SECTION("an input that another command is changing is not known") {
    world.put("pump-3", "level", 0.0);
    auto pump = world.order("level", 50.0);
    pump.device = model::DeviceId{"pump-3"};
    const auto started = world.submit(pump);
    world.time.run_for(100ms);
    const auto n = world.submit(world.order("relay-1", true));
    world.time.run_for(5s);
    CHECK(world.answers[started]->outcome == CommandOutcome::done);
    REQUIRE(world.answers[n]);
    CHECK(world.answers[n]->outcome == CommandOutcome::refused);
    CHECK(says(*world.answers[n], "is being commanded"));
  }
}

TEST_CASE("a command that is too old is dead") {
  CommandWorld world;
  SECTION("when it comes") {
    auto order = world.order("relay-1", true);
    order.lives = 0s;
    CHECK(world.ask(order).outcome == CommandOutcome::expired);
  }
  SECTION("while it waits for the bus, and it is told at once") {
    world.queue.closed = true;
    const auto n = world.submit(world.order("relay-1", true));
    world.time.run_for(9s);
    CHECK_FALSE(world.answers[n]);
    world.time.run_for(1100ms);
    REQUIRE(world.answers[n]);
    CHECK(world.answers[n]->outcome == CommandOutcome::expired);
    CHECK(world.answers[n]->written == model::Written::no);
    world.queue.open();
    world.time.run_for(1s);
    CHECK(world.ask(world.order("relay-2", true)).outcome == CommandOutcome::done);
    CHECK(world.bus.written.size() == 1);
  }
  SECTION("while it waits behind another of the same device") {
    world.queue.closed = true;
    auto slow = world.order("relay-1", true);
    slow.lives = 60s;
    const auto first = world.submit(slow);
    const auto second = world.submit(world.order("relay-2", true));
    world.time.run_for(11s);
    REQUIRE(world.answers[second]);
    CHECK(world.answers[second]->outcome == CommandOutcome::expired);
    world.queue.open();
    world.time.run_for(2s);
    CHECK(world.answers[first]->outcome == CommandOutcome::done);
    CHECK(world.bus.written.size() == 1);
  }
}

TEST_CASE("what waits for a device is bounded") {
  CommandWorld::Setup setup;
  setup.max_per_minute = 100;
  CommandWorld world(setup);
  world.queue.closed = true;
  for (int i = 0; i < 10; ++i) world.submit(world.order("relay-1", true));
  world.time.run_for(100ms);
  REQUIRE(world.answers[9]);  // one at work, eight behind it
  CHECK(says(*world.answers[9], "already wait"));
  CHECK_FALSE(world.answers[8]);
  world.time.run_for(30s);
  for (std::size_t n = 0; n < 9; ++n) CHECK(world.answers[n]->outcome == CommandOutcome::expired);
}

TEST_CASE("refusals without end are answered and counted, but not all told") {
  CommandWorld world;
  for (int i = 0; i < 700; ++i) world.submit(world.order("nothing", true));
  world.time.run_for(1s);
  CHECK(world.told<model::CommandResult>().size() == 600);
  CHECK(world.commander->counters().untold == 100);
  for (const auto& answer : world.answers) REQUIRE(answer);
}

TEST_CASE("a preview says what would be written and what would stand against it, and does nothing") {
  CommandWorld world;
  const auto good = world.commander->preview(world.order("relay-1", std::string("on")));
  REQUIRE(good.has_value());
  CHECK(good->title == "a relay");
  CHECK(good->value == model::Value{true});
  CHECK(good->refusal.empty());
  CHECK(world.commander->preview(world.order("relay-1.state", true))->refusal.find("allow") != std::string::npos);
  CHECK(world.commander->preview(world.order("relay-9", true)).error().code == base::Errc::not_found);
  world.time.run_for(1s);
  CHECK(world.events.empty());
  CHECK(world.outbox.commits.empty());
}
