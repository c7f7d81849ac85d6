// The edge node on its own connection: obligations by the ids of the Sparkplug 3.0 specification (without "tck-id-").
#include "daemon/sparkplug_face.hpp"

#include <algorithm>

#include "sparkplug/b/v1/payload.pb.h"
#include "support/fake_session.hpp"
#include "unit/pipeline/command_world.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
using daemon::SparkplugFace;
namespace spb = ::sparkplug::b::v1;

class World : public tests::CommandWorld {
 public:
  explicit World(std::string primary_host = {}, bool may_write = true, Setup setup = audited())
      : CommandWorld(std::move(setup)) {
    (void)time_keeper->check();
    sparkplug.group = "city";
    sparkplug.node = "gw-1";
    sparkplug.primary_host = std::move(primary_host);
    gateway.id = model::GatewayId{"gw-1"};
    uplink::LinkOptions link;
    link.brokers = {"first", "second"};
    link.connect.client_id = "gw-1-sparkplug";
    face = std::make_unique<SparkplugFace>(
        SparkplugFace::Parts{sparkplug, gateway, std::move(link), sessions, points, *time_keeper, time, *commander,
                             *judge, outbox, *core, random, may_write},
        entries(SparkplugFace::kSpace));
    face->start();
    time.run_for(10ms);
  }
  static Setup audited() {
    Setup setup;
    setup.audited = true;
    return setup;
  }

  tests::FakeSession::State& session() { return sessions.last(); }
  void connect() {
    session().callbacks.connected({});
    answer();
  }
  // What is written is answered.
  void answer() {
    for (auto& one : session().published) {
      if (auto done = std::exchange(one.done, {})) done({});
    }
    time.run_for(1ms);
  }
  void lose() {
    session().callbacks.closed({{base::Errc::closed, base::Consequence::retry_later, "lost"}});
    const auto before = sessions.all.size();
    for (int i = 0; i < 1000 && sessions.all.size() == before; ++i) time.run_for(100ms);
    REQUIRE(sessions.all.size() == before + 1);
  }
  void hear(const std::string& topic, const std::string& payload) {
    session().callbacks.message({topic, {payload.begin(), payload.end()}, false, ""});
    time.run_for(1ms);
  }
  void host(bool online, std::uint64_t at) {
    hear("spBv1.0/STATE/scada",
         std::string(R"({"online": )") + (online ? "true" : "false") + R"(, "timestamp": )" + std::to_string(at) + "}");
  }
  void see(const std::string& point, model::Value value) {
    const auto handle = *points.find(model::DeviceId{"relay-1"}, point);
    const model::Reading reading{handle, std::move(value), model::Quality::good, time.boot_now()};
    points.apply(reading);
    face->saw({time.boot_now(), model::DataClass::internal, model::Telemetry{{reading}}});
  }
  // With its first value, as a poll brings it.
  void born() {
    alive(true);
    see("level", 1.0);
  }
  void alive(bool yes) {
    face->saw({time.boot_now(), model::DataClass::internal, model::DeviceStatus{model::DeviceId{"relay-1"}, yes, ""}});
  }
  std::vector<std::string> topics() {
    std::vector<std::string> out;
    for (const auto& one : session().published) out.push_back(one.message.topic);
    return out;
  }
  static spb::Payload decoded(const base::Bytes& bytes) {
    spb::Payload out;
    REQUIRE(out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return out;
  }
  std::uint64_t bd_seq() { return decoded(session().options.will->payload).metrics(0).long_value(); }

  config::SparkplugConfig sparkplug;
  config::GatewayConfig gateway;
  tests::FakeSessions sessions;
  std::unique_ptr<SparkplugFace> face;
};

std::string command(const std::string& metric, bool value) {
  spb::Payload out;
  auto& one = *out.add_metrics();
  one.set_name(metric);
  one.set_boolean_value(value);
  return out.SerializeAsString();
}

}  // namespace

TEST_CASE("principles-persistence-clean-session-50: clean start, session expiry 0; a client id of its own") {
  World world;
  CHECK(world.session().options.clean_start);
  CHECK(world.session().options.session_expiry == 0s);
  CHECK(world.session().options.client_id == "gw-1-sparkplug");
}

TEST_CASE("payloads-ndeath-will-message, -qos, -retain: the will is there before anything is said") {
  World world;
  REQUIRE(world.session().options.will);
  const auto& will = *world.session().options.will;
  CHECK(will.topic == "spBv1.0/city/NDEATH/gw-1");
  CHECK(will.qos == 1);
  CHECK_FALSE(will.retain);
}

TEST_CASE(
    "message-flow-edge-node-birth-publish-subscribe: subscriptions first, at QoS 1; births at QoS 0, not retained") {
  World world;
  world.born();
  world.connect();
  CHECK(world.session().subscribed == std::vector<std::string>{"spBv1.0/city/NCMD/gw-1", "spBv1.0/city/DCMD/gw-1/#"});
  CHECK(world.topics() == std::vector<std::string>{"spBv1.0/city/NBIRTH/gw-1", "spBv1.0/city/DBIRTH/gw-1/relay-1"});
  for (const auto& one : world.session().published) {
    CHECK(one.message.qos == 0);
    CHECK_FALSE(one.message.retain);
  }
  CHECK(World::decoded(world.session().published[0].message.payload).seq() == 0);
}

TEST_CASE(
    "topics-nbirth-bdseq-increment, payloads-nbirth-bdseq-repeat: from 0, by one a CONNECT, and also over a restart") {
  tests::CommandWorld::State kept;
  for (std::uint64_t start = 0; start < 3; ++start) {
    auto setup = World::audited();
    setup.state = kept;
    World world("", true, std::move(setup));
    CHECK(world.bd_seq() == 2 * start);
    world.connect();
    CHECK(World::decoded(world.session().published[0].message.payload).metrics(0).long_value() == 2 * start);
    world.lose();
    CHECK(world.bd_seq() == 2 * start + 1);
    kept = world.outbox.state;
  }
}

TEST_CASE("payloads-ddata-seq-inc: what is measured follows the births, also what came while they were on their way") {
  World world;
  world.born();
  world.session().callbacks.connected({});
  world.see("level", 8.0);
  world.answer();
  world.see("level", 9.0);
  world.see("level", 9.0);  // nothing new
  const auto topics = world.topics();
  REQUIRE(topics.size() == 4);
  for (std::size_t i = 0; i < topics.size(); ++i) {
    CHECK(World::decoded(world.session().published[i].message.payload).seq() == i);
  }
  const auto data = World::decoded(world.session().published[3].message.payload);
  REQUIRE(data.metrics_size() == 1);
  CHECK(data.metrics(0).double_value() == 9.0);
  CHECK_FALSE(data.metrics(0).has_name());
}

TEST_CASE("what was measured while there was no connection is in the next births, and is not told before them") {
  World world;
  world.connect();
  world.session().callbacks.closed({{base::Errc::closed, base::Consequence::retry_later, "lost"}});
  world.alive(true);
  for (int i = 0; i < 50; ++i) world.see("level", double(i));
  const auto before = world.sessions.all.size();
  while (world.sessions.all.size() == before) world.time.run_for(100ms);
  world.connect();
  CHECK(world.topics() == std::vector<std::string>{"spBv1.0/city/NBIRTH/gw-1", "spBv1.0/city/DBIRTH/gw-1/relay-1"});
  const auto birth = World::decoded(world.session().published[1].message.payload);
  const auto level = std::ranges::find(birth.metrics(), "level", &spb::Metric::name);
  REQUIRE(level != birth.metrics().end());
  CHECK(level->double_value() == 49.0);
}

TEST_CASE("operational-behavior-device-ddeath, message-flow-device-birth-publish-nbirth-wait") {
  World world;
  world.born();
  CHECK(world.session().published.empty());
  world.connect();
  world.alive(false);
  world.alive(true);
  const auto topics = world.topics();
  REQUIRE(topics.size() == 4);
  CHECK(topics[2] == "spBv1.0/city/DDEATH/gw-1/relay-1");
  CHECK(topics[3] == "spBv1.0/city/DBIRTH/gw-1/relay-1");
}

TEST_CASE("a device is born with its first values, and metrics have the type of theirs") {
  World world;
  world.connect();
  world.alive(true);
  CHECK(world.topics().size() == 1);
  world.see("relay-1.state", true);
  REQUIRE(world.topics().size() == 2);
  const auto birth = World::decoded(world.session().published[1].message.payload);
  const auto state = std::ranges::find(birth.metrics(), "relay-1.state", &spb::Metric::name);
  REQUIRE(state != birth.metrics().end());
  CHECK(state->datatype() == 11);
  CHECK(state->boolean_value());
}

TEST_CASE("a value of another type than the birth told brings another birth") {
  World world;
  world.born();
  world.connect();
  world.see("mode", std::string("by hand"));
  world.see("mode", std::string("automatic"));
  const auto topics = world.topics();
  REQUIRE(topics.size() == 4);
  CHECK(topics[2] == "spBv1.0/city/DBIRTH/gw-1/relay-1");
  CHECK(topics[3] == "spBv1.0/city/DDATA/gw-1/relay-1");
  CHECK(World::decoded(world.session().published[3].message.payload).metrics(0).string_value() == "automatic");
}

TEST_CASE("operational-behavior-data-commands-dcmd-action: a command is carried out as any order of the platform") {
  World world;
  world.born();
  world.connect();
  world.hear("spBv1.0/city/DCMD/gw-1/relay-1", command("relay-1", true));
  world.time.run_for(3s);
  CHECK(world.bus.written.size() == 1);
  CHECK(world.face->counters().commands == 1);
  CHECK(world.face->counters().refused == 0);
}

TEST_CASE("a command that the gateway's configuration does not allow is refused, and entered") {
  World world("", false);
  world.born();
  world.connect();
  world.hear("spBv1.0/city/DCMD/gw-1/relay-1", command("relay-1", true));
  world.time.run_for(3s);
  CHECK(world.bus.written.empty());
  CHECK(world.face->counters().refused == 1);
  CHECK(world.trail->kept().size() == 1);
}

TEST_CASE("operational-behavior-data-commands-rebirth-action-1: over the connection") {
  World world;
  world.born();
  world.connect();
  world.time.run_for(10s);
  const auto before = world.session().published.size();
  world.hear("spBv1.0/city/NCMD/gw-1", command("Node Control/Rebirth", true));
  REQUIRE(world.session().published.size() == before + 2);
  CHECK(world.session().published[before].message.topic == "spBv1.0/city/NBIRTH/gw-1");
  CHECK(World::decoded(world.session().published[before].message.payload).seq() == 0);
}

TEST_CASE("message-flow-edge-node-birth-publish-phid-wait, operational-behavior-edge-node-termination-host-offline") {
  World world("scada");
  world.born();
  world.connect();
  CHECK(world.session().subscribed.back() == "spBv1.0/STATE/scada");
  CHECK(world.session().published.empty());
  CHECK_FALSE(world.face->is_born());
  world.host(true, 1000);
  CHECK(world.topics() == std::vector<std::string>{"spBv1.0/city/NBIRTH/gw-1", "spBv1.0/city/DBIRTH/gw-1/relay-1"});
  world.host(false, 999);  // older
  CHECK(world.face->is_born());
  CHECK(world.session().options.broker == 0);
  world.host(false, 1001);
  CHECK(world.session().closing);  // MqttSession::close: NDEATH, DISCONNECT
  world.session().callbacks.closed({{base::Errc::closed, base::Consequence::retry_later, "closed by us"}});
  const auto before = world.sessions.all.size();
  while (world.sessions.all.size() == before) world.time.run_for(100ms);
  // operational-behavior-host-application-multi-server-timestamp: the next server, with a new session.
  CHECK(world.session().options.broker == 1);
  CHECK(world.bd_seq() == 1);
}

TEST_CASE("payloads-ndeath-will-message-publisher: an orderly end says the death") {
  World world;
  world.connect();
  bool stopped = false;
  world.face->stop([&stopped] { stopped = true; });
  CHECK(world.session().closing);  // MqttSession::close: NDEATH, DISCONNECT
  world.session().callbacks.closed({{base::Errc::closed, base::Consequence::retry_later, "closed by us"}});
  world.time.run_for(3s);
  CHECK(stopped);
}

TEST_CASE("a store that does not take the number holds nothing up") {
  World world;
  world.connect();
  world.outbox.failing = true;
  world.lose();
  CHECK(world.bd_seq() == 1);
}
