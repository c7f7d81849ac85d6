#include "pipeline/forwarder.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_link.hpp"
#include "support/memory_outbox.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};

const base::Error kClosed{base::Errc::closed, base::Consequence::retry_later, "connection lost"};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    forwarder.set_link(link);
  }
  void store(model::Stream stream, std::size_t bytes = 100) {
    ports::Commit commit;
    commit.chunks.push_back({stream, {}, {}, 1, {}, {}, 1, 0, base::Bytes(bytes, 1)});
    outbox.commit(std::move(commit), [this](auto keys) { forwarder.committed(*keys); });
    settle();
  }
  void up(ports::MqttConnected broker = {}) {
    link.up = true;
    forwarder.link_up(broker);
    settle();
  }
  void down() {
    link.up = false;
    for (auto& sent : std::exchange(link.sent, {})) sent.done(kClosed);
    forwarder.link_down();
    settle();
  }
  void acknowledge(std::size_t position) {
    link.sent[position].done({});
    settle();
  }
  void settle() { time.run_for(milliseconds{1}); }
  [[nodiscard]] bool is_alarm(std::size_t position) const {
    return link.sent[position].message.topic.ends_with("/alarm");
  }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  tests::MemoryOutbox outbox{*core};
  tests::FakeLink link;
  pipeline::TimeKeeper keeper{time, "rtc", {}};
  pipeline::Forwarder forwarder{
      {model::GatewayId{"gw-1"}, wire::Topics({"c", "d", "s", "g"}, model::GatewayId{"gw-1"}), outbox, keeper, *core}};
};

}  // namespace

TEST_CASE("nothing leaves while the link is down; then alarms go first") {
  World world;
  world.store(kTelemetry);
  world.store(kAlarm);
  CHECK(world.link.sent.empty());
  world.up();
  REQUIRE(world.link.sent.size() == 2);
  CHECK(world.is_alarm(0));
}

TEST_CASE("a chunk is released on its own acknowledgement and on nothing else") {
  World world;
  world.up();
  world.store(kAlarm);
  world.store(kAlarm);
  REQUIRE(world.link.sent.size() == 2);
  CHECK(world.outbox.released.empty());
  world.acknowledge(1);
  REQUIRE(world.outbox.released.size() == 1);
  CHECK(world.outbox.released[0].first == 2);
}

TEST_CASE("what was not acknowledged is sent again after the link was down, and what was is not") {
  World world;
  world.outbox.slow_release = true;  // the store still shows it
  world.up();
  world.store(kAlarm);
  world.store(kAlarm);
  world.acknowledge(0);
  world.link.sent.erase(world.link.sent.begin());
  world.down();
  world.up();
  REQUIRE(world.link.sent.size() == 1);
}

TEST_CASE("a refused message stops nothing and is kept for the next connection") {
  World world;
  world.up();
  world.store(kAlarm);
  world.link.sent[0].done(base::Error{base::Errc::denied, base::Consequence::drop_record, "not authorised"});
  world.store(kAlarm);
  CHECK(world.link.sent.size() == 2);
  CHECK(world.outbox.released.empty());
  CHECK(world.forwarder.counters().refused == 1);
  world.link.sent.clear();
  world.down();
  world.up();
  CHECK(world.link.sent.size() == 2);
}

TEST_CASE("a broker that is full is left alone for a while, longer each time, and then gets everything") {
  const base::Error full{base::Errc::full, base::Consequence::retry_later, "quota exceeded"};
  World world;
  world.up();
  world.store(kAlarm);
  world.store(kAlarm);
  world.link.sent[0].done(full);
  world.link.sent[1].done(full);
  world.store(kAlarm);
  CHECK(world.link.sent.size() == 2);
  CHECK(world.forwarder.counters().full == 2);
  world.time.run_for(seconds{1});
  REQUIRE(world.link.sent.size() == 5);
  world.link.sent[2].done(full);
  world.acknowledge(3);
  world.time.run_for(milliseconds{1500});
  CHECK(world.link.sent.size() == 5);
  world.time.run_for(seconds{1});
  REQUIRE(world.link.sent.size() == 6);  // only the refused one: the others are in flight or have arrived
  world.acknowledge(4);
  world.acknowledge(5);
  CHECK(world.outbox.released.size() == 3);
  world.store(kAlarm);
  REQUIRE(world.link.sent.size() == 7);
  world.link.sent[6].done(full);
  world.time.run_for(milliseconds{1001});
  CHECK(world.link.sent.size() == 8);  // from the first length on
}

TEST_CASE("a pause ends with the connection") {
  World world;
  world.up();
  world.store(kAlarm);
  world.link.sent[0].done(base::Error{base::Errc::full, base::Consequence::retry_later, "quota exceeded"});
  world.link.sent.clear();
  world.down();
  world.up();
  CHECK(world.link.sent.size() == 1);
  world.time.run_for(seconds{10});
  CHECK(world.link.sent.size() == 1);
}

TEST_CASE("of telemetry no more than one large chunk is unacknowledged before throughput is known; alarms pass") {
  World world;
  for (int i = 0; i < 5; ++i) world.store(kTelemetry, 16'000);
  world.up();
  CHECK(world.link.sent.size() == 1);
  world.store(kAlarm);
  REQUIRE(world.link.sent.size() == 2);
  CHECK(world.is_alarm(1));
  world.acknowledge(0);
  CHECK(world.link.sent.size() > 2);
}

TEST_CASE("the broker's receive maximum bounds what is unacknowledged") {
  World world;
  ports::MqttConnected broker;
  broker.receive_maximum = 3;
  for (int i = 0; i < 10; ++i) world.store(kAlarm);
  world.up(broker);
  CHECK(world.link.sent.size() == 3);
  world.acknowledge(0);
  CHECK(world.link.sent.size() == 4);
}

TEST_CASE("new telemetry overtakes the backlog, and a backlog is sent whole and in order") {
  World world;
  for (int i = 0; i < 3; ++i) world.store(kTelemetry, 16'000);  // 1..3
  world.up();                                                   // 1 is under way
  world.store(kTelemetry, 16'000);                              // 4, live
  world.acknowledge(0);
  for (std::size_t next = 1; next < world.link.sent.size() && next < 10; ++next) world.acknowledge(next);
  REQUIRE(world.outbox.released.size() == 4);
  CHECK(world.outbox.released[1].first == 4);
  CHECK(world.outbox.released[2].first == 2);
  CHECK(world.outbox.released[3].first == 3);
}

TEST_CASE("live telemetry that waits for more than 30 s falls back and is still sent once") {
  World world;
  world.up();
  for (int i = 0; i < 4; ++i) world.store(kTelemetry, 16'000);  // 1 under way, 2..4 wait
  world.time.run_for(seconds{40});
  world.store(kTelemetry, 16'000);  // 5
  std::size_t next = 0;
  while (next < world.link.sent.size() && next < 20) world.acknowledge(next++);
  REQUIRE(world.outbox.released.size() == 5);
  CHECK(world.outbox.released[1].first == 5);
}
