// Several brokers, two versions of MQTT, and a broker that throws the gateway out again.
#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_session.hpp"
#include "uplink/link.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using ports::MqttEnd;
using ports::MqttVersion;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Listener final : ports::LinkListener {
  void link_up(const ports::MqttConnected& /*broker*/) override { ++ups; }
  void link_down() override { ++downs; }
  int ups = 0;
  int downs = 0;
};

struct World {
  explicit World(std::vector<std::string> brokers, std::optional<MqttVersion> version = std::nullopt) {
    base::log::set_level(base::log::Level::off);
    uplink::LinkOptions options;
    options.brokers = std::move(brokers);
    options.version = version;
    options.announcements = [] { return std::vector<ports::MqttMessage>{}; };
    link = std::make_unique<uplink::Link>(std::move(options), sessions, *core, random);
    link->start(listener);
  }
  void fail(MqttEnd end = MqttEnd::unreachable) {
    sessions.last().callbacks.closed({{base::Errc::closed, base::Consequence::retry_later, "no"}, end});
  }
  // Until the next session is made; how long that took.
  milliseconds until_next() {
    const auto before = sessions.all.size();
    const auto start = core->now();
    while (sessions.all.size() == before) time.run_for(milliseconds{10});
    return std::chrono::duration_cast<milliseconds>(core->now() - start);
  }
  std::size_t broker() { return sessions.last().options.broker; }

  base::SeededRandom random{3};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  tests::FakeSessions sessions;
  Listener listener;
  std::unique_ptr<uplink::Link> link;
};

}  // namespace

TEST_CASE("brokers are tried in turn, and the waiting grows with each round only") {
  World world({"a", "b", "c"});
  std::vector<std::size_t> tried;
  milliseconds within{0};
  for (int i = 0; i < 30; ++i) {
    tried.push_back(world.broker());
    world.fail();
    const auto waited = world.until_next();
    if (i % 3 != 2) within = std::max(within, waited);
  }
  for (std::size_t i = 0; i < tried.size(); ++i) CHECK(tried[i] == i % 3);
  CHECK(within <= milliseconds{1010});
}

TEST_CASE("the link stays with the broker that works") {
  World world({"a", "b"});
  world.fail();
  world.until_next();
  world.sessions.last().callbacks.connected({});
  CHECK(world.link->is_up());
  CHECK(world.link->status().broker == "b");
  world.time.run_for(minutes{5});
  world.fail(MqttEnd::lost);
  CHECK(world.until_next() <= milliseconds{1010});
  CHECK(world.broker() == 1);
  // And when that one is away, the next.
  world.fail();
  world.until_next();
  CHECK(world.broker() == 0);
}

TEST_CASE("a broker that does not know MQTT 5 is asked in 3.1.1 at once") {
  World world({"a", "b"});
  CHECK(world.sessions.last().options.version == MqttVersion::v5);
  const auto refused = GENERATE(MqttEnd::wrong_version, MqttEnd::no_answer);
  world.fail(refused);
  CHECK(world.until_next() <= milliseconds{110});
  CHECK(world.broker() == 0);
  CHECK(world.sessions.last().options.version == MqttVersion::v3);
  SECTION("and spoken to so until the connection is lost") {
    world.sessions.last().callbacks.connected({});
    CHECK(world.link->status().version == MqttVersion::v3);
    world.time.run_for(minutes{1});
    world.fail(MqttEnd::lost);
    world.until_next();
    CHECK(world.sessions.last().options.version == MqttVersion::v5);
  }
  SECTION("and given up when it does not like that either") {
    world.fail(refused);
    world.until_next();
    CHECK(world.broker() == 1);
    CHECK(world.sessions.last().options.version == MqttVersion::v5);
  }
}

TEST_CASE("a version that the site names is the only one") {
  World world({"a"}, MqttVersion::v3);
  CHECK(world.sessions.last().options.version == MqttVersion::v3);
  world.fail(MqttEnd::wrong_version);
  world.until_next();
  CHECK(world.sessions.last().options.version == MqttVersion::v3);
}

TEST_CASE("a client that takes our id does not make a storm") {
  World world({"a", "b"});
  for (int i = 0; i < 5; ++i) {
    world.sessions.last().callbacks.connected({});
    world.time.run_for(seconds{1});
    world.fail(MqttEnd::taken_over);
    CHECK(world.until_next() >= seconds{30});
  }
  CHECK(world.link->status().taken_over == 5);
}

TEST_CASE("a broker that takes us and throws us out within seconds is asked ever slower") {
  World world({"a"});
  std::vector<milliseconds> waited;
  for (int i = 0; i < 12; ++i) {
    world.sessions.last().callbacks.connected({});
    world.time.run_for(seconds{1});
    world.fail(MqttEnd::lost);
    waited.push_back(world.until_next());
  }
  CHECK(*std::max_element(waited.begin(), waited.end()) > seconds{20});
  CHECK(world.link->status().short_lived == 12);
  world.sessions.last().callbacks.connected({});
  world.time.run_for(seconds{11});
  CHECK(world.link->status().short_lived == 0);
}

TEST_CASE("a renewed link says goodbye and comes back") {
  World world({"a"});
  world.link->renew("not up");
  CHECK_FALSE(world.sessions.last().closing);
  world.sessions.last().callbacks.connected({});
  world.time.run_for(minutes{1});
  world.link->renew("new certificate");
  CHECK(world.sessions.last().closing);
  world.fail(MqttEnd::lost);
  CHECK(world.listener.downs == 1);
  CHECK(world.until_next() <= milliseconds{1010});
}
