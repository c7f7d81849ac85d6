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

TEST_CASE("a connection lost while announcing is made again, and the listener hears nothing of it") {
  World world;
  world.connected();
  world.sessions.last().published[0].done(kGone);
  world.sessions.last().callbacks.closed(kGone);
  world.time.run_for(seconds{3});
  CHECK(world.sessions.all.size() == 2);
  CHECK(world.listener.downs == 0);
}

TEST_CASE("every stop is answered") {
  World world;
  int answers = 0;
  world.link->stop([&answers] { ++answers; });
  world.time.run_for(seconds{3});
  world.link->stop([&answers] { ++answers; });
  world.time.run_for(seconds{3});
  CHECK(answers == 2);
}
