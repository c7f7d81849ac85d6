#include "uplink/link.hpp"

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"
#include "support/fake_session.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::seconds;

struct Listener final : ports::LinkListener {
  void link_up(const ports::MqttConnected& /*broker*/) override { ++ups; }
  void link_down() override { ++downs; }
  int ups = 0;
  int downs = 0;
};

const base::Error kGone{base::Errc::closed, base::Consequence::retry_later, "connection lost"};

struct World {
  World() {
    base::log::set_level(base::log::Level::off);
    uplink::LinkOptions options;
    options.subscriptions = {"down/command", "down/query"};
    options.received = [this](const ports::MqttMessage& message) { received.push_back(message.topic); };
    options.announcements = [] {
      return std::vector<ports::MqttMessage>{{"birth", {1}, true, ""}, {"catalogue", {2}, true, ""}};
    };
    link = std::make_unique<uplink::Link>(std::move(options), sessions, *core, random);
    link->start(listener);
  }
  void settle() { time.run_for(std::chrono::milliseconds{1}); }
  void bring_up() {
    sessions.last().callbacks.connected({});
    for (auto& published : sessions.last().published) published.done({});
    settle();
  }

  base::SeededRandom random{3};
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  tests::FakeSessions sessions;
  Listener listener;
  std::vector<std::string> received;
  std::unique_ptr<uplink::Link> link;
};

}  // namespace

TEST_CASE("the link is up only when birth and catalogues are acknowledged") {
  World world;
  world.sessions.last().callbacks.connected({});
  REQUIRE(world.sessions.last().published.size() == 2);
  CHECK(world.sessions.last().published[0].message.retain);
  CHECK(world.listener.ups == 0);
  world.sessions.last().published[1].done({});
  CHECK(world.listener.ups == 0);
  // A refused one is logged; it does not keep the link down.
  world.sessions.last().published[0].done(base::Error{base::Errc::denied, base::Consequence::drop_record, "acl"});
  CHECK(world.listener.ups == 1);
  CHECK(world.link->is_up());
}

TEST_CASE("what may come later is said once the link is up, and nothing that the broker does not take") {
  base::log::set_level(base::log::Level::off);
  base::SeededRandom random{3};
  base::VirtualTime time{base::WallTime{}};
  auto core = time.make_scheduler();
  tests::FakeSessions sessions;
  Listener listener;
  std::size_t counted = 0;
  uplink::LinkOptions options;
  options.announcements = [] {
    return std::vector<ports::MqttMessage>{{"birth", {1}, true, ""}, {"catalogue", base::Bytes(2000), true, ""}};
  };
  options.afterwards = [] {
    return std::vector<ports::MqttMessage>{{"dictionary", base::Bytes(2000), true, ""}, {"descriptor", {2}, true, ""}};
  };
  options.sent = [&counted](std::size_t bytes) { counted += bytes; };
  uplink::Link link(std::move(options), sessions, *core, random);
  link.start(listener);
  ports::MqttConnected broker;
  broker.maximum_packet_size = 1000;
  auto& session = sessions.last();
  session.callbacks.connected(broker);
  REQUIRE(session.published.size() == 1);
  CHECK_FALSE(link.is_up());
  session.published[0].done({});
  CHECK(link.is_up());
  REQUIRE(session.published.size() == 2);
  CHECK(session.published[1].message.topic == "descriptor");
  CHECK(counted == 6 + 11);
  session.published[1].done(base::Error{base::Errc::denied, base::Consequence::drop_record, "acl"});
  CHECK(link.is_up());
}

TEST_CASE("after the connection has ended a new session is made, within the back-off") {
  World world;
  world.bring_up();
  world.sessions.last().callbacks.closed(kGone);
  CHECK(world.listener.downs == 1);
  CHECK(world.link->status().reason == "connection lost");
  world.time.run_for(seconds{2});
  CHECK(world.sessions.all.size() == 2);
  CHECK_FALSE(world.sessions.all[0]->alive);
  world.bring_up();
  CHECK(world.listener.ups == 2);
}

TEST_CASE("a broker that does not answer is given up after the timeout, again and again, ever slower") {
  World world;
  world.time.run_for(seconds{60});
  const auto first_minute = world.sessions.all.size();
  CHECK(first_minute >= 3);
  CHECK(first_minute <= 5);  // 15 s each
  world.time.run_for(std::chrono::minutes{30});
  CHECK(world.sessions.all.size() > first_minute + 10);
  CHECK(world.listener.ups == 0);
}

TEST_CASE("what it subscribes to comes before what it says, and what comes for it is handed on") {
  World world;
  CHECK(world.sessions.last().subscribed.empty());
  world.sessions.last().callbacks.connected({});
  CHECK(world.sessions.last().subscribed == std::vector<std::string>{"down/command", "down/query"});
  world.sessions.last().callbacks.message({"down/command", {}, false, ""});
  CHECK(world.received == std::vector<std::string>{"down/command"});
}

TEST_CASE("a subscription that is not granted is told, and the link is up all the same") {
  World world;
  world.sessions.last().refuses = base::Error{base::Errc::denied, base::Consequence::drop_record, "reason code 135"};
  world.bring_up();
  CHECK(world.link->is_up());
  CHECK(world.link->status().subscription_problem == "the broker does not grant down/query: reason code 135");
}

TEST_CASE("no more is unacknowledged than the broker takes, whoever sends") {
  World world;
  ports::MqttConnected broker;
  broker.receive_maximum = 1;
  world.sessions.last().callbacks.connected(broker);
  auto& published = world.sessions.last().published;
  REQUIRE(published.size() == 1);  // the birth; the catalogue waits
  published[0].done({});
  REQUIRE(published.size() == 2);
  CHECK_FALSE(world.link->is_up());
  published[1].done({});
  CHECK(world.link->is_up());
  std::vector<int> answered;
  for (int i = 0; i < 3; ++i) {
    world.link->publish({"x", {}, false, ""},
                        [&answered, i](const base::Result<void>& outcome) { answered.push_back(outcome ? i : -i); });
  }
  REQUIRE(published.size() == 3);
  published[2].done(base::Error{base::Errc::denied, base::Consequence::drop_record, "acl"});
  CHECK(published.size() == 4);
  // What still waits is answered when the connection ends.
  published[3].done(kGone);
  world.sessions.last().callbacks.closed(kGone);
  CHECK(answered == std::vector<int>{0, -1, -2});
  CHECK(world.listener.downs == 1);
}

TEST_CASE("stop says goodbye and answers, also when the broker does not") {
  World world;
  world.bring_up();
  bool stopped = false;
  world.link->stop([&stopped] { stopped = true; });
  CHECK(world.sessions.last().closing);
  CHECK_FALSE(stopped);
  world.time.run_for(seconds{3});
  CHECK(stopped);
  world.time.run_for(std::chrono::minutes{5});
  CHECK(world.sessions.all.size() == 1);
}

TEST_CASE("a delay lies between the least and the doubled first, up to the most") {
  base::SeededRandom random(11);
  uplink::Backoff backoff({}, random);
  for (int i = 0; i < 100; ++i) {
    const auto delay = backoff.next();
    CHECK(delay >= std::chrono::milliseconds{100});
    CHECK(delay.count() <= std::min<std::int64_t>(60'000, std::int64_t{1000} << std::min(i, 20)));
  }
}
