// Obligations of an edge node, by the ids of the Sparkplug 3.0 specification (without "tck-id-").
#include "sparkplug/edge_node.hpp"

#include <algorithm>
#include <set>

#include "sparkplug/b/v1/payload.pb.h"
#include "support/catch.hpp"

namespace {

using namespace wayside;             // NOLINT(google-build-using-namespace)
using namespace wayside::sparkplug;  // NOLINT(google-build-using-namespace)
namespace wire = ::sparkplug::b::v1;

constexpr std::uint64_t kNow = 1'796'000'000'000;
const NodeId kId{"city", "gw-1"};

wire::Payload decoded(const Outgoing& message) {
  wire::Payload out;
  REQUIRE(out.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size())));
  return out;
}

const wire::Metric& metric(const wire::Payload& payload, std::string_view name) {
  const auto found = std::ranges::find(payload.metrics(), name, &wire::Metric::name);
  REQUIRE(found != payload.metrics().end());
  return *found;
}

base::Bytes asking(std::string_view name, bool value, std::optional<std::uint64_t> alias = {}) {
  wire::Payload out;
  auto& one = *out.add_metrics();
  if (!name.empty()) one.set_name(std::string(name));
  if (alias) one.set_alias(*alias);
  one.set_boolean_value(value);
  const auto bytes = out.SerializeAsString();
  return {bytes.begin(), bytes.end()};
}

base::Bytes text(std::string_view json) { return {json.begin(), json.end()}; }

EdgeNode make(std::string host = {}) {
  EdgeNode node({kId, std::move(host), {{"uptime", DataType::int64}}});
  node.add_device("lamp-1", {{"power", DataType::float64}, {"on", DataType::boolean}});
  node.add_device("lamp-2", {{"power", DataType::float64}});
  return node;
}

// Connected and born, with lamp-1 alive.
EdgeNode born() {
  auto node = make();
  static_cast<void>(node.device_alive("lamp-1", true, kNow));
  static_cast<void>(node.begin(7, kNow));
  static_cast<void>(node.connected(kNow));
  return node;
}

const std::string kRebirth = "Node Control/Rebirth";

}  // namespace

TEST_CASE("message-flow-edge-node-birth-publish-will-message: topic, bdSeq; payloads-ndeath-seq: no seq") {
  auto node = make();
  const auto will = node.begin(9, kNow);
  CHECK(will.topic == "spBv1.0/city/NDEATH/gw-1");
  const auto payload = decoded(will);
  CHECK_FALSE(payload.has_seq());
  CHECK(metric(payload, "bdSeq").long_value() == 9);
  CHECK(metric(payload, "bdSeq").datatype() == 4);
}

TEST_CASE("payloads-ndeath-bdseq: the death has the bdSeq of the birth before it") {
  auto node = make();
  const auto will = decoded(node.begin(200, kNow));
  const auto birth = decoded(node.connected(kNow).at(0));
  CHECK(metric(birth, "bdSeq").long_value() == metric(will, "bdSeq").long_value());
}

TEST_CASE("topics-nbirth-bdseq-increment: one more with each connect, 0 after 255") {
  CHECK(EdgeNode::next_bd_seq(0) == 1);
  CHECK(EdgeNode::next_bd_seq(255) == 0);
}

TEST_CASE("message-flow-edge-node-ncmd-subscribe, message-flow-device-dcmd-subscribe") {
  CHECK(make().subscriptions() == std::vector<std::string>{"spBv1.0/city/NCMD/gw-1", "spBv1.0/city/DCMD/gw-1/#"});
  CHECK(make("scada").subscriptions().back() == "spBv1.0/STATE/scada");
}

TEST_CASE("topics-nbirth-seq-num, topics-nbirth-rebirth-metric: the birth begins at 0 and offers a rebirth") {
  auto node = make();
  static_cast<void>(node.begin(1, kNow));
  const auto messages = node.connected(kNow);
  REQUIRE(messages.size() == 1);  // no device answers yet
  const auto birth = decoded(messages[0]);
  CHECK(messages[0].topic == "spBv1.0/city/NBIRTH/gw-1");
  CHECK(birth.seq() == 0);
  CHECK(birth.timestamp() == kNow);
  const auto& rebirth = metric(birth, kRebirth);
  CHECK(rebirth.datatype() == 11);
  CHECK_FALSE(rebirth.boolean_value());
  CHECK_FALSE(rebirth.has_alias());
  CHECK(metric(birth, "uptime").is_null());
  CHECK(metric(birth, "uptime").datatype() == 4);
}

TEST_CASE("payloads-dbirth-order, payloads-dbirth-seq-inc: device births follow at once, numbered on") {
  auto node = make();
  CHECK(node.device_alive("lamp-1", true, kNow).empty());
  CHECK(node.device_alive("lamp-2", true, kNow).empty());
  static_cast<void>(node.begin(1, kNow));
  const auto messages = node.connected(kNow);
  REQUIRE(messages.size() == 3);
  CHECK(messages[1].topic == "spBv1.0/city/DBIRTH/gw-1/lamp-1");
  CHECK(decoded(messages[1]).seq() == 1);
  CHECK(decoded(messages[2]).seq() == 2);
}

TEST_CASE("payloads-alias-uniqueness, payloads-alias-birth-requirement: an alias for one metric of the whole node") {
  auto node = make();
  static_cast<void>(node.device_alive("lamp-1", true, kNow));
  static_cast<void>(node.device_alive("lamp-2", true, kNow));
  static_cast<void>(node.begin(1, kNow));
  std::set<std::uint64_t> aliases;
  std::size_t metrics = 0;
  for (const auto& message : node.connected(kNow)) {
    const auto payload = decoded(message);
    for (const auto& one : payload.metrics()) {
      CHECK_FALSE(one.name().empty());
      if (!one.has_alias()) continue;
      aliases.insert(one.alias());
      ++metrics;
    }
  }
  CHECK(metrics == 4);
  CHECK(aliases.size() == metrics);
}

TEST_CASE("payloads-alias-data-cmd-requirement, payloads-name-birth-data-requirement: data have alias and timestamp") {
  auto node = born();
  const auto messages = node.data("lamp-1", {{0, 12.5, model::Quality::good, kNow + 5}}, kNow + 9);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].topic == "spBv1.0/city/DDATA/gw-1/lamp-1");
  const auto payload = decoded(messages[0]);
  CHECK(payload.timestamp() == kNow + 9);
  CHECK(payload.seq() == 2);
  const auto& one = payload.metrics(0);
  CHECK_FALSE(one.has_name());
  CHECK(one.has_alias());
  CHECK_FALSE(one.has_datatype());
  CHECK(one.timestamp() == kNow + 5);
  CHECK(one.double_value() == 12.5);
  CHECK_FALSE(one.has_properties());
  CHECK_FALSE(one.has_is_historical());
}

TEST_CASE("payloads-sequence-num-incrementing: 0 to 255 and round again, over all messages of the node") {
  auto node = born();
  std::uint64_t expected = 2;
  for (int i = 1; i < 600; ++i) {
    const auto device = i % 3 == 0 ? std::string() : std::string("lamp-1");
    const auto value = device.empty() ? model::Value(std::int64_t{i}) : model::Value(static_cast<double>(i));
    const auto messages = node.data(device, {{0, value, model::Quality::good, kNow}}, kNow);
    REQUIRE(messages.size() == 1);
    REQUIRE(decoded(messages[0]).seq() == expected);
    expected = (expected + 1) % 256;
  }
}

TEST_CASE("principles-rbe-recommended: what has not changed is not told again") {
  auto node = born();
  const Update same{0, 12.5, model::Quality::good, kNow};
  CHECK(node.data("lamp-1", {same}, kNow).size() == 1);
  CHECK(node.data("lamp-1", {same}, kNow + 1000).empty());
  CHECK(node.data("lamp-1", {{0, 12.5, model::Quality::bad_no_communication, kNow}}, kNow).size() == 1);
}

TEST_CASE("operational-behavior-data-publish-dbirth-order: in the order in which it was measured") {
  auto node = born();
  const auto messages = node.data(
      "lamp-1", {{0, 1.0, model::Quality::good, kNow + 20}, {1, true, model::Quality::good, kNow + 10}}, kNow + 30);
  const auto payload = decoded(messages.at(0));
  CHECK(payload.metrics(0).timestamp() == kNow + 10);
  CHECK(payload.metrics(1).timestamp() == kNow + 20);
}

TEST_CASE("payloads-ndata-order, payloads-ddata-order: before the births nothing is told, and then the newest") {
  auto node = make();
  CHECK(node.data("lamp-1", {{0, 1.0, model::Quality::good, kNow}}, kNow).empty());
  CHECK(node.data("", {{0, std::int64_t{5}, model::Quality::good, kNow}}, kNow).empty());
  static_cast<void>(node.device_alive("lamp-1", true, kNow));
  static_cast<void>(node.begin(1, kNow));
  CHECK(node.data("lamp-1", {{0, 2.0, model::Quality::good, kNow}}, kNow).empty());
  const auto messages = node.connected(kNow);
  CHECK(metric(decoded(messages[0]), "uptime").long_value() == 5);
  CHECK(metric(decoded(messages[1]), "power").double_value() == 2.0);
  node.disconnected();
  CHECK(node.data("lamp-1", {{0, 3.0, model::Quality::good, kNow}}, kNow).empty());
}

TEST_CASE("operational-behavior-device-ddeath: told when the device does not answer, and born when it does again") {
  auto node = born();
  const auto deaths = node.device_alive("lamp-1", false, kNow);
  REQUIRE(deaths.size() == 1);
  CHECK(deaths[0].topic == "spBv1.0/city/DDEATH/gw-1/lamp-1");
  CHECK(decoded(deaths[0]).seq() == 2);
  CHECK(decoded(deaths[0]).has_timestamp());
  CHECK(node.device_alive("lamp-1", false, kNow).empty());
  CHECK(node.data("lamp-1", {{0, 1.0, model::Quality::good, kNow}}, kNow).empty());
  const auto births = node.device_alive("lamp-1", true, kNow);
  REQUIRE(births.size() == 1);
  CHECK(births[0].topic == "spBv1.0/city/DBIRTH/gw-1/lamp-1");
  CHECK(decoded(births[0]).seq() == 3);
  CHECK(metric(decoded(births[0]), "power").double_value() == 1.0);
}

TEST_CASE("operational-behavior-data-commands-rebirth-action-1, -2, -3: all births again, with the same bdSeq") {
  auto node = born();
  static_cast<void>(node.data("lamp-1", {{0, 4.0, model::Quality::good, kNow}}, kNow));
  const auto reaction = node.heard("spBv1.0/city/NCMD/gw-1", asking(kRebirth, true), kNow + 10'000);
  REQUIRE(reaction.publish.size() == 2);
  CHECK(reaction.publish[0].topic == "spBv1.0/city/NBIRTH/gw-1");
  CHECK(decoded(reaction.publish[0]).seq() == 0);
  CHECK(metric(decoded(reaction.publish[0]), "bdSeq").long_value() == 7);
  CHECK(metric(decoded(reaction.publish[1]), "power").double_value() == 4.0);
  CHECK(reaction.commands.empty());
  // A host that asks without end is not answered without end.
  CHECK(node.heard("spBv1.0/city/NCMD/gw-1", asking(kRebirth, true), kNow + 11'000).publish.empty());
  CHECK(node.heard("spBv1.0/city/NCMD/gw-1", asking(kRebirth, false), kNow + 90'000).publish.empty());
}

TEST_CASE("a rebirth while the device is dead leaves it out") {
  auto node = born();
  static_cast<void>(node.device_alive("lamp-1", false, kNow));
  CHECK(node.heard("spBv1.0/city/NCMD/gw-1", asking(kRebirth, true), kNow + 10'000).publish.size() == 1);
}

TEST_CASE("topics-dcmd: commands to devices, by name or alias; what is not known is left alone") {
  auto node = born();
  const auto by_name = node.heard("spBv1.0/city/DCMD/gw-1/lamp-1", asking("on", true), kNow);
  REQUIRE(by_name.commands.size() == 1);
  CHECK(by_name.commands[0].device == "lamp-1");
  CHECK(by_name.commands[0].metric == "on");
  CHECK(by_name.commands[0].value == model::Value(true));
  const auto by_alias = node.heard("spBv1.0/city/DCMD/gw-1/lamp-1", asking("", false, 2), kNow);
  REQUIRE(by_alias.commands.size() == 1);
  CHECK(by_alias.commands[0].metric == "on");
  for (const auto& [topic, payload] :
       {std::pair{std::string("spBv1.0/city/DCMD/gw-1/lamp-9"), asking("on", true)},
        std::pair{std::string("spBv1.0/city/DCMD/gw-1/lamp-1"), asking("colour", true)},
        std::pair{std::string("spBv1.0/city/DCMD/gw-1/lamp-1/x"), asking("on", true)},
        std::pair{std::string("spBv1.0/city/DCMD/gw-2/lamp-1"), asking("on", true)},
        std::pair{std::string("spBv1.0/city/DCMD/gw-1/lamp-1"), text("\xFF\xFF\xFF")},
        std::pair{std::string("spBv1.0/city/NCMD/gw-1"), base::Bytes{}}, std::pair{std::string(), base::Bytes{}}}) {
    INFO(topic);
    const auto reaction = node.heard(topic, payload, kNow);
    CHECK(reaction.commands.empty());
    CHECK(reaction.publish.empty());
    CHECK_FALSE(reaction.disconnect);
  }
}

TEST_CASE("message-flow-edge-node-birth-publish-phid-wait: births wait for the primary host to be online") {
  auto node = make("scada");
  static_cast<void>(node.begin(1, kNow));
  CHECK(node.connected(kNow).empty());
  const std::string topic = "spBv1.0/STATE/scada";
  CHECK(node.heard(topic, text(R"({"online":false,"timestamp":100})"), kNow).publish.empty());
  CHECK(node.heard("spBv1.0/STATE/other", text(R"({"online":true,"timestamp":200})"), kNow).publish.empty());
  CHECK(node.heard(topic, text("ONLINE"), kNow).publish.empty());
  // phid-wait-timestamp: an older word is no news.
  CHECK(node.heard(topic, text(R"({"online":true,"timestamp":99})"), kNow).publish.empty());
  CHECK(node.heard(topic, text(R"({ "timestamp" : 101, "online" : true })"), kNow).publish.size() == 1);
  CHECK(node.is_born());
}

TEST_CASE(
    "message-flow-edge-node-birth-publish-phid-offline, operational-behavior-edge-node-termination-host-offline") {
  auto node = make("scada");
  static_cast<void>(node.begin(5, kNow));
  static_cast<void>(node.connected(kNow));
  const std::string topic = "spBv1.0/STATE/scada";
  static_cast<void>(node.heard(topic, text(R"({"online":true,"timestamp":100})"), kNow));
  // host-offline-timestamp: older, so not of this session of the host.
  CHECK_FALSE(node.heard(topic, text(R"({"online":false,"timestamp":99})"), kNow).disconnect);
  const auto reaction = node.heard(topic, text(R"({"online":false,"timestamp":100})"), kNow);
  CHECK(reaction.disconnect);
  REQUIRE(reaction.publish.size() == 1);
  CHECK(reaction.publish[0].topic == "spBv1.0/city/NDEATH/gw-1");
  CHECK(metric(decoded(reaction.publish[0]), "bdSeq").long_value() == 5);
  CHECK_FALSE(node.is_born());
  CHECK(node.data("", {{0, std::int64_t{1}, model::Quality::good, kNow}}, kNow).empty());
  // host-offline-reconnect: at the next server it begins anew, with the next number.
  static_cast<void>(node.begin(EdgeNode::next_bd_seq(5), kNow));
  CHECK(node.connected(kNow).empty());
  CHECK(node.heard(topic, text(R"({"online":true,"timestamp":1})"), kNow).publish.size() == 1);
}

TEST_CASE("what waited is told as historical, and does not change what is newest") {
  auto node = born();
  static_cast<void>(node.data("lamp-1", {{0, 9.0, model::Quality::good, kNow}}, kNow));
  const Update old{0, 3.0, model::Quality::good, kNow - 60'000};
  const auto messages = node.data("lamp-1", {old}, kNow, true);
  REQUIRE(messages.size() == 1);
  CHECK(decoded(messages[0]).metrics(0).is_historical());
  CHECK(node.data("lamp-1", {{0, 9.0, model::Quality::good, kNow}}, kNow).empty());
}
