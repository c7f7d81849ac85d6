// The states of a Link in which something comes early, late or twice.
#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_session.hpp"
#include "uplink/link.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::minutes;
using std::chrono::seconds;

struct Listener final : ports::LinkListener {
  void link_up(const ports::MqttConnected& broker) override {
    ++ups;
    receive_maximum = broker.receive_maximum;
  }
  void link_down() override { ++downs; }
  int ups = 0;
  int downs = 0;
  int receive_maximum = 0;
};

const base::Error kGone{base::Errc::closed, base::Consequence::retry_later, "connection lost"};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    uplink::LinkOptions options;
    options.connect.client_id = "gw-1";
    options.announcements = [this] {
      return std::vector<ports::MqttMessage>{{"birth", {static_cast<std::uint8_t>(++asked)}, true, ""}};
    };
    link = std::make_unique<uplink::Link>(std::move(options), sessions, *core, random);
    link->start(listener);
  }
  void connected(ports::MqttConnected broker = {}) { sessions.last().callbacks.connected(broker); }
  void bring_up() {
    connected();
    sessions.last().published[0].done({});
  }

  int asked = 0;
  base::SeededRandom random{3};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  tests::FakeSessions sessions;
  Listener listener;
  std::unique_ptr<uplink::Link> link;
};

}  // namespace

TEST_CASE("the birth is asked anew at each connect, and the listener learns the broker's limits") {
  World world;
  CHECK(world.sessions.last().options.client_id == "gw-1");
  world.bring_up();
  world.sessions.last().callbacks.closed(kGone);
  world.time.run_for(seconds{2});
  ports::MqttConnected broker;
  broker.receive_maximum = 7;
  world.connected(broker);
  REQUIRE(world.sessions.last().published.size() == 1);
  CHECK(world.sessions.last().published[0].message.payload == base::Bytes{2});
  world.sessions.last().published[0].done({});
  CHECK(world.listener.receive_maximum == 7);
  CHECK(world.link->status().connects == 2);
}

TEST_CASE("a broker that takes the connection and then acknowledges no birth is given up") {
  World world;
  world.connected();
  world.time.run_for(seconds{29});
  CHECK(world.sessions.all.size() == 1);
  world.time.run_for(seconds{3});
  CHECK(world.sessions.all.size() == 2);
  CHECK_FALSE(world.sessions.all[0]->alive);
  CHECK(world.listener.ups == 0);
  CHECK(world.listener.downs == 0);  // it never was up
}

TEST_CASE("the back-off begins anew after a connection that was up for a while") {
  World world;
  for (int i = 0; i < 8; ++i) {
    world.sessions.last().callbacks.closed(kGone);
    world.time.run_for(minutes{1});
  }
  world.bring_up();
  world.time.run_for(seconds{10});
  const auto before = world.sessions.all.size();
  world.sessions.last().callbacks.closed(kGone);
  world.time.run_for(seconds{1});  // the first delay is at most a second
  CHECK(world.sessions.all.size() == before + 1);
}

TEST_CASE("stop ends a connection attempt and a wait, at once, and nothing follows") {
  World world;
  SECTION("while connecting") {}
  SECTION("while waiting for the next attempt") { world.sessions.last().callbacks.closed(kGone); }
  bool stopped = false;
  world.link->stop([&stopped] { stopped = true; });
  CHECK_FALSE(stopped);  // posted, never inline
  world.time.run_for(std::chrono::milliseconds{1});
  CHECK(stopped);
  world.time.run_for(minutes{5});
  CHECK(world.sessions.all.size() == 1);
  CHECK_FALSE(world.sessions.all[0]->alive);
  CHECK_FALSE(world.link->is_up());
}

TEST_CASE("after stop nothing more is announced, and the answer comes when the session has closed") {
  World world;
  world.connected();
  bool stopped = false;
  world.link->stop([&stopped] { stopped = true; });
  world.sessions.last().published[0].done({});
  CHECK(world.listener.ups == 0);
  world.sessions.last().callbacks.closed(kGone);
  world.time.run_for(std::chrono::milliseconds{1});
  CHECK(stopped);
  CHECK(world.sessions.last().published.size() == 1);
}

TEST_CASE("delays use their whole range, so that gateways do not come back as one wave") {
  base::SeededRandom random(4);
  int short_ones = 0;
  int long_ones = 0;
  for (int i = 0; i < 400; ++i) {
    uplink::Backoff backoff({}, random);
    const auto delay = backoff.next();
    short_ones += delay < std::chrono::milliseconds{325} ? 1 : 0;
    long_ones += delay > std::chrono::milliseconds{775} ? 1 : 0;
  }
  CHECK(short_ones > 50);
  CHECK(long_ones > 50);
}
