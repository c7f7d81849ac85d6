// A command from being asked to being measured.
#include "command_world.hpp"

using namespace wayside;         // NOLINT(google-build-using-namespace)
using namespace wayside::tests;  // NOLINT(google-build-using-namespace)
using model::CommandOutcome;

TEST_CASE("a command is written, read back and told with what was measured") {
  CommandWorld world;
  const auto asked_at = world.time.boot_now();
  const auto result = world.ask(world.order("relay-1", std::string("on"), "c-1"));
  CHECK(result.outcome == CommandOutcome::done);
  CHECK(result.id == "c-1");
  CHECK(result.asked == model::Value{true});
  CHECK(result.measured_point == "relay-1.state");
  CHECK(result.measured == model::Value{true});
  CHECK(result.quality == model::Quality::good);
  CHECK(result.by == "platform");
  CHECK(result.asked_at == asked_at);
  CHECK(result.written == model::Written::yes);
  REQUIRE(result.written_at);
  REQUIRE(result.measured_at);
  CHECK(*result.measured_at - *result.written_at >= 500ms);
  CHECK(result.place.department == "water");
  CHECK(world.bus.written == std::vector<std::pair<std::uint16_t, std::uint16_t>>{{0, 1}});
  const auto told = world.told<model::CommandResult>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].id == "c-1");
  CHECK(world.driver.states.back() == world.driver_state);
}

TEST_CASE("what a command measured is in the point table at once: rules and interlocks see it before the next poll") {
  CommandWorld world;
  world.ask(world.order("relay-1", true));
  const auto point = world.points.find(model::DeviceId{"relay-1"}, "relay-1.state");
  CHECK(world.points.newest(*point).value == model::Value{true});
  CHECK(world.told<model::Telemetry>().size() == 1);
}

TEST_CASE("nothing goes to the bus before the journal entry is durable") {
  CommandWorld world;
  world.submit(world.order("relay-1", true, "c-1"));
  REQUIRE(world.outbox.commits.size() == 1);
  CHECK(world.outbox.commits[0].chunks.empty());
  REQUIRE(world.outbox.commits[0].state.size() == 1);
  CHECK(world.outbox.commits[0].state[0].key == "c-1");
  CHECK(world.queue.run == 0);
}

TEST_CASE("without a journal nothing is carried out") {
  CommandWorld world;
  world.outbox.failing = true;
  const auto result = world.ask(world.order("relay-1", true));
  CHECK(result.outcome == CommandOutcome::failed);
  CHECK(result.written == model::Written::no);
  CHECK(result.reason.find("journal") != std::string::npos);
  CHECK(world.bus.written.empty());
  CHECK(world.commander->counters().unwritable == 1);
}

TEST_CASE("the result and the end of its journal entry are one commit, and only then it is answered") {
  CommandWorld world;
  const auto n = world.submit(world.order("relay-1", true, "c-1"));
  while (world.told<model::CommandResult>().empty()) REQUIRE(world.time.step(world.time.boot_now() + 5s));
  CHECK_FALSE(world.answers[n]);
  const auto& last = world.outbox.commits.back();
  CHECK(last.chunks.size() == 1);
  const auto ended = std::ranges::find(last.state, "c-1", &ports::StateChange::key);
  REQUIRE(ended != last.state.end());
  CHECK(pipeline::CommandJournal({{"c-1", *ended->value}}, {}).find("c-1") != nullptr);
  world.time.run_for(1ms);
  CHECK(world.answers[n]);
}

TEST_CASE("a device that does otherwise is told as not fulfilled, with both values") {
  CommandWorld world;
  world.bus.takes_effect = false;
  const auto result = world.ask(world.order("relay-1", true));
  CHECK(result.outcome == CommandOutcome::not_fulfilled);
  CHECK(result.written == model::Written::yes);
  CHECK(result.measured == model::Value{false});
  CHECK(result.reason.find("reads false instead of true") != std::string::npos);
}

TEST_CASE("a write that is not answered is not repeated: what is measured counts") {
  CommandWorld world;
  world.bus.write_error = base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer"};
  SECTION("it had its effect") { CHECK(world.ask(world.order("relay-1", true)).outcome == CommandOutcome::done); }
  SECTION("it had none") {
    world.bus.takes_effect = false;
    const auto result = world.ask(world.order("relay-1", true));
    CHECK(result.outcome == CommandOutcome::failed);
    CHECK(result.written == model::Written::unknown);
    CHECK_FALSE(result.written_at);
    CHECK(result.measured == model::Value{false});
  }
  CHECK(world.bus.written.size() == 1);
}

TEST_CASE("a write that the device refuses has failed, whatever is measured") {
  CommandWorld world;
  world.bus.write_error =
      base::Error{base::Errc::exception_reply, base::Consequence::skip_point, "exception 03 illegal data value", 3};
  const auto result = world.ask(world.order("relay-1", true));
  CHECK(result.outcome == CommandOutcome::failed);
  CHECK(result.written == model::Written::no);
  CHECK(result.reason.find("refused") != std::string::npos);
  CHECK(result.measured_point == "relay-1.state");
}

TEST_CASE("an effect that cannot be read back is a failure, and the old value is no longer taken for the state") {
  CommandWorld world;
  world.put("relay-1", "relay-1.state", false);
  SECTION("no answer") {
    world.bus.read_error = base::Error{base::Errc::timeout, base::Consequence::device_lost, "no answer"};
  }
  SECTION("an answer of bad quality") { world.driver.quality = model::Quality::bad_sensor_failure; }
  const auto result = world.ask(world.order("relay-1", true));
  CHECK(result.outcome == CommandOutcome::failed);
  CHECK(model::is_bad(result.quality));
  CHECK(result.written == model::Written::yes);
  CHECK(result.written_at);
  const auto point = world.points.find(model::DeviceId{"relay-1"}, "relay-1.state");
  CHECK(model::is_bad(world.points.newest(*point).quality));
}

TEST_CASE("the bus is free while the effect settles") {
  CommandWorld world;
  world.submit(world.order("relay-1", true));
  auto other = world.order("relay-1", true);
  other.device = model::DeviceId{"pump-3"};
  const auto n = world.submit(other);
  world.time.run_for(100ms);
  CHECK(world.bus.written.size() == 2);
  CHECK(world.bus.reads == 0);
  world.time.run_for(1s);
  CHECK(world.answers[n]->outcome == CommandOutcome::done);
}

TEST_CASE("two commands to one device do not meet: the second is written after the first was measured") {
  CommandWorld world;
  const auto first = world.submit(world.order("relay-1", true));
  const auto second = world.submit(world.order("relay-1", false));
  world.time.run_for(300ms);
  CHECK(world.bus.written.size() == 1);
  world.time.run_for(2s);
  CHECK(world.answers[first]->measured == model::Value{true});
  CHECK(world.answers[second]->measured == model::Value{false});
  CHECK(world.answers[second]->outcome == CommandOutcome::done);
}

TEST_CASE("an id asked twice is carried out once") {
  CommandWorld world;
  SECTION("while it runs both get the result") {
    const auto a = world.submit(world.order("relay-1", true, "c-1"));
    const auto b = world.submit(world.order("relay-1", true, "c-1"));
    world.time.run_for(3s);
    REQUIRE(world.answers[a]);
    REQUIRE(world.answers[b]);
    CHECK(world.answers[a]->measured_at == world.answers[b]->measured_at);
  }
  SECTION("afterwards it gets the stored one") {
    const auto first = world.ask(world.order("relay-1", true, "c-1"));
    world.time.run_for(59min);
    const auto again = world.ask(world.order("relay-1", true, "c-1"));
    CHECK(again.measured_at == first.measured_at);
  }
  CHECK(world.bus.written.size() == 1);
  CHECK(world.told<model::CommandResult>().size() == 1);
}

TEST_CASE("an id of another command is refused") {
  CommandWorld world;
  world.ask(world.order("relay-1", true, "c-1"));
  const auto other = world.ask(world.order("relay-2", true, "c-1"));
  CHECK(other.outcome == CommandOutcome::refused);
  CHECK(other.reason.find("relay-1.relay-1") != std::string::npos);
  CHECK(world.ask(world.order("relay-1", true, "c-1")).outcome == CommandOutcome::done);
}

TEST_CASE("an id asked again for another value is refused, and nothing of the first is told as its result") {
  CommandWorld world;
  world.ask(world.order("relay-1", true, "c-1"));
  const auto other = world.ask(world.order("relay-1", false, "c-1"));
  CHECK(other.outcome == CommandOutcome::refused);
  CHECK(other.reason.find("another command") != std::string::npos);
  CHECK(other.measured_point.empty());
  CHECK(other.id == "c-1");
  CHECK(world.bus.written.size() == 1);
  // The same value in other words is the same command.
  CHECK(world.ask(world.order("relay-1", std::string("on"), "c-1")).outcome == CommandOutcome::done);
  CHECK(world.bus.written.size() == 1);
}

TEST_CASE("a bus that gives no turn: failed, nothing written") {
  CommandWorld world;
  world.queue.error = base::Error{base::Errc::full, base::Consequence::retry_later, "too many wait for the bus"};
  const auto result = world.ask(world.order("relay-1", true));
  CHECK(result.outcome == CommandOutcome::failed);
  CHECK(result.written == model::Written::no);
  CHECK(result.reason.find("too many wait") != std::string::npos);
}

TEST_CASE("whether the device may have acted is told of a write that failed") {
  using base::Consequence;
  using base::Errc;
  using model::Written;
  CommandWorld world;
  world.bus.takes_effect = false;
  struct Case {
    base::Error error;
    bool sent;
    Written written;
    const char* says;
  };
  const std::vector<Case> cases{
      {{Errc::closed, Consequence::device_lost, "no such port", 0}, false, Written::no, "not sent: no such port"},
      {{Errc::closed, Consequence::device_lost, "hung up", 0}, true, Written::unknown, "not answered: hung up"},
      {{Errc::timeout, Consequence::device_lost, "no answer", 0}, true, Written::unknown, "not answered"},
      {{Errc::protocol, Consequence::retry_later, "torn off", 0}, true, Written::unknown, "not answered: torn off"},
      {{Errc::protocol, Consequence::retry_later, "never silent", 0}, false, Written::no, "not sent: never silent"},
      {{Errc::exception_reply, Consequence::skip_point, "01", 1}, true, Written::no, "refused the write"},
      {{Errc::exception_reply, Consequence::retry_later, "04", 4}, true, Written::unknown, "refused the write"},
      {{Errc::exception_reply, Consequence::retry_later, "05", 5}, true, Written::unknown, "not answered: 05"},
      {{Errc::exception_reply, Consequence::retry_later, "06", 6}, true, Written::no, "refused the write"},
      {{Errc::closed, Consequence::device_lost, "0A", 10}, true, Written::no, "not sent: 0A"},
      {{Errc::timeout, Consequence::device_lost, "0B", 11}, true, Written::unknown, "not answered: 0B"},
  };
  for (const auto& one : cases) {
    INFO(one.error.what);
    world.bus.write_error = one.error;
    world.bus.sent = one.sent;
    const auto result = world.ask(world.order("relay-1", true));
    CHECK(result.outcome == CommandOutcome::failed);
    CHECK(result.written == one.written);
    CHECK(result.reason.find(one.says) != std::string::npos);
    world.time.run_for(1min);
  }
}

TEST_CASE("of several writes one that was answered has reached the device, whatever becomes of the next") {
  CommandWorld world;
  world.bus.answered_first = 1;
  world.bus.write_error =
      base::Error{base::Errc::exception_reply, base::Consequence::skip_point, "exception 03 illegal data value", 3};
  const auto result = world.ask(world.order("mode", std::string("automatic")));
  CHECK(world.bus.written.size() == 2);
  CHECK(result.outcome == CommandOutcome::failed);
  CHECK(result.written == model::Written::unknown);
  CHECK(result.reason.find("write 2 of 2") != std::string::npos);
}
