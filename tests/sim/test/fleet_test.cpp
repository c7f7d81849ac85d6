#include "sim/fleet/light_outbox.hpp"
#include "sim/fleet/mqtt_packet.hpp"
#include "sim/fleet/waves.hpp"

#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"

using namespace wayside;       // NOLINT(google-build-using-namespace)
using namespace wayside::sim;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

base::BootTime at(int ms) { return base::BootTime{} + milliseconds{ms}; }

}  // namespace

TEST_CASE("a CONNECT has session expiry and a retained will, and no clean start") {
  ports::MqttConnect options;
  options.client_id = "g";
  options.keep_alive = seconds{10};
  options.session_expiry = seconds{3600};
  options.will = ports::MqttMessage{"t", {7}, true, ""};
  CHECK(connect_packet(options) == bytes({0x10, 26, 0,    4,    'M', 'Q', 'T', 'T', 5, 0x2C, 0,   10, 5, 0x11,
                                          0,    0,  0x0E, 0x10, 0,   1,   'g', 0,   0, 1,    't', 0,  1, 7}));
}

TEST_CASE("a PUBLISH is read as it was written") {
  const ports::MqttMessage message{"a/b", {1, 2, 3}, true, "x"};
  const auto whole = publish_packet(message, 258);
  std::size_t size = 0;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK_FALSE(cut_packet(std::string_view(whole).substr(0, cut), size));
  }
  const auto two = whole + "rest";
  const auto packet = cut_packet(two, size);
  REQUIRE(packet);
  CHECK(size == whole.size());
  CHECK(packet->type == PacketType::publish);
  const auto read = read_publish(*packet);
  REQUIRE(read);
  CHECK(read->id == 258);
  CHECK(read->message.topic == "a/b");
  CHECK(read->message.payload == base::Bytes{1, 2, 3});
  CHECK(read->message.retain);
}

TEST_CASE("a CONNACK tells the broker's bounds; properties that are not known to matter are passed over") {
  std::size_t size = 0;
  const auto whole = bytes({0x20, 19, 1, 0, 16, 0x22, 0, 10, 0x1F, 0, 2, 'o', 'k', 0x21, 0, 20, 0x27, 0, 0x10, 0, 0});
  const auto packet = cut_packet(whole, size);
  REQUIRE(packet);
  const auto connack = read_connack(*packet);
  REQUIRE(connack);
  CHECK(connack->reason == 0);
  CHECK(connack->broker.session_present);
  CHECK(connack->broker.receive_maximum == 20);
  CHECK(connack->broker.maximum_packet_size == 0x100000);
  const auto broken = bytes({0x20, 3, 0, 0, 5});
  CHECK_FALSE(read_connack(*cut_packet(broken, size)));
}

TEST_CASE("an acknowledgement may carry a reason") {
  std::size_t size = 0;
  const auto bare = bytes({0x40, 2, 1, 2});
  const auto full = bytes({0x40, 3, 1, 2, 0x97});
  const auto suback = bytes({0x90, 4, 0, 9, 0, 0x80});
  CHECK(read_ack(*cut_packet(bare, size))->id == 258);
  CHECK(read_ack(*cut_packet(bare, size))->reason == 0);
  CHECK(read_ack(*cut_packet(full, size))->reason == 0x97);
  CHECK(read_ack(*cut_packet(suback, size))->reason == 0x80);
}

TEST_CASE("a wave is told by the most that came at once") {
  CHECK(most_within({}, milliseconds{100}) == 0);
  CHECK(most_within({at(0), at(50), at(99), at(100), at(149), at(400)}, milliseconds{100}) == 4);
  Waves waves(20);
  waves.look(0, at(0));
  for (int i = 0; i < 20; ++i) waves.taken(at(10 * i));
  waves.look(20, at(200));
  REQUIRE(waves.waves().size() == 1);
  CHECK(waves.waves()[0].most_100ms == 10);
  waves.look(10, at(300));  // half of them is no outage
  waves.look(20, at(400));
  CHECK(waves.waves().size() == 1);
  waves.look(1, at(1000));
  for (int i = 0; i < 21; ++i) waves.taken(at(3000 + 500 * i));
  waves.look(20, at(13'100));
  REQUIRE(waves.waves().size() == 2);
  const auto& wave = waves.waves()[1];
  CHECK(wave.outage_s == Approx(2.0));
  CHECK(wave.back_s == Approx(10.0));
  CHECK(wave.most_100ms == 1);
  CHECK(wave.most_1s == 2);
  CHECK(wave.connections == 21);
}

TEST_CASE("the store of a light gateway numbers each stream and forgets what was released") {
  base::VirtualTime time{base::WallTime{}};
  const auto core = time.make_scheduler();
  LightOutbox outbox(model::Epoch{7}, *core);
  const model::Stream telemetry{model::StreamKind::telemetry, model::DataClass::internal};
  const model::Stream alarm{model::StreamKind::alarm, model::DataClass::internal};
  std::vector<ports::StoredKey> keys;
  ports::Commit commit;
  for (const auto& stream : {telemetry, alarm, telemetry}) {
    ports::ChunkDraft chunk;
    chunk.stream = stream;
    chunk.row = base::Bytes(100, 1);
    commit.chunks.push_back(chunk);
  }
  outbox.commit(std::move(commit), [&keys](auto got) { keys = *got; });
  time.run_for(milliseconds{1});
  REQUIRE(keys.size() == 3);
  CHECK(keys[2].key == ports::ChunkKey{model::Epoch{7}, telemetry, 2, 2});
  outbox.release({keys[0].key}, {});
  std::vector<ports::StoredChunk> rows;
  outbox.peek(telemetry, {0, ~ports::StorePosition{0}, 50}, [&rows](auto got) { rows = *got; });
  time.run_for(milliseconds{1});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].stored == keys[2]);
  CHECK(outbox.waiting() == 2);
}
