// The gateway ends between the journal entry and the result.
#include "command_world.hpp"

using namespace wayside;         // NOLINT(google-build-using-namespace)
using namespace wayside::tests;  // NOLINT(google-build-using-namespace)
using model::CommandOutcome;

namespace {

// The store of a gateway that ended with one command begun; `written`: whether the device had got it.
CommandWorld::State ended_in_between(bool written) {
  CommandWorld world;
  world.queue.closed = !written;
  world.submit(world.order("relay-1", true, "c-1"));
  world.time.run_for(100ms);
  CHECK(world.bus.written.size() == (written ? 1U : 0U));
  CHECK(world.told<model::CommandResult>().empty());
  return world.outbox.state;
}

CommandWorld::Setup after(CommandWorld::State state) {
  CommandWorld::Setup setup;
  setup.state = std::move(state);
  setup.seed = 2;
  return setup;
}

}  // namespace

TEST_CASE("after a restart a begun command is not run again: it is read back and told as interrupted") {
  CommandWorld world(after(ended_in_between(true)));
  world.bus.words[96] = 1;
  world.time.run_for(1s);
  const auto told = world.told<model::CommandResult>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].id == "c-1");
  CHECK(told[0].outcome == CommandOutcome::interrupted);
  CHECK(told[0].written == model::Written::unknown);
  CHECK(told[0].measured_point == "relay-1.state");
  CHECK(told[0].measured == model::Value{true});
  CHECK(told[0].reason.find("not tried again") != std::string::npos);
  CHECK(world.bus.written.empty());
}

TEST_CASE("an interrupted command is told once: the next restart knows its result") {
  CommandWorld first(after(ended_in_between(false)));
  first.time.run_for(1s);
  REQUIRE(first.told<model::CommandResult>().size() == 1);
  CommandWorld second(after(first.outbox.state));
  second.time.run_for(1s);
  CHECK(second.told<model::CommandResult>().empty());
  CHECK(second.ask(second.order("relay-1", true, "c-1")).outcome == CommandOutcome::interrupted);
  CHECK(second.bus.written.empty());
}

TEST_CASE("a gateway that ends again before it has read back does so at the next start") {
  CommandWorld first(after(ended_in_between(true)));
  first.queue.closed = true;
  first.time.run_for(1s);
  CommandWorld second(after(first.outbox.state));
  second.time.run_for(1s);
  CHECK(second.told<model::CommandResult>().size() == 1);
}

TEST_CASE("whoever asks for an interrupted command meanwhile gets its result, and others wait behind it") {
  CommandWorld world(after(ended_in_between(true)));
  const auto same = world.submit(world.order("relay-1", true, "c-1"));
  const auto next = world.submit(world.order("relay-1", true, "c-2"));
  world.time.run_for(3s);
  CHECK(world.answers[same]->outcome == CommandOutcome::interrupted);
  CHECK(world.answers[next]->outcome == CommandOutcome::done);
  CHECK(world.bus.written.size() == 1);
}

TEST_CASE("a device that is silent, or gone from the configuration, cannot be read back, and that is told") {
  auto setup = after(ended_in_between(true));
  SECTION("silent") {
    CommandWorld world(setup);
    world.bus.read_error = base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer"};
    world.time.run_for(1s);
    REQUIRE(world.told<model::CommandResult>().size() == 1);
    CHECK(world.told<model::CommandResult>()[0].outcome == CommandOutcome::interrupted);
    CHECK(model::is_bad(world.told<model::CommandResult>()[0].quality));
  }
  SECTION("gone") {
    setup.has_relay = false;
    CommandWorld world(setup);
    world.time.run_for(1s);
    REQUIRE(world.told<model::CommandResult>().size() == 1);
    CHECK(world.told<model::CommandResult>()[0].outcome == CommandOutcome::interrupted);
    CHECK(world.told<model::CommandResult>()[0].written == model::Written::unknown);
    CHECK(world.told<model::CommandResult>()[0].reason.find("relay-1") != std::string::npos);
  }
}

TEST_CASE("results outlive a restart, also one of the machine") {
  CommandWorld first;
  first.ask(first.order("relay-1", true, "c-1"));
  auto setup = after(first.outbox.state);
  setup.boot = {9};
  CommandWorld second(setup);
  CHECK(second.ask(second.order("relay-1", true, "c-1")).outcome == CommandOutcome::done);
  CHECK(second.bus.written.empty());
}

TEST_CASE("an entry that cannot be read stops nothing and goes with the next result") {
  CommandWorld::Setup setup;
  setup.state[{"command", "c-0"}] = base::Bytes{1, 0, 255, 255, 255, 255};
  CommandWorld world(setup);
  CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done);
  CHECK_FALSE(world.outbox.state.at({"command", "c-0"}));
}
