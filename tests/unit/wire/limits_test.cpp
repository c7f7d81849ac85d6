// Limits, order and header of chunks; the messages about the gateway itself.
#include "support/catch.hpp"
#include "wayside/v1/chunk.pb.h"
#include "wayside/v1/state.pb.h"
#include "wire/chunker.hpp"
#include "wire/encode.hpp"
#include "wire/envelope.hpp"
#include "wire/topics.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using model::PointHandle;

constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};

model::PointTable table(const char* unit = "W") {
  model::PointTable points;
  model::PointInfo info;
  info.device = model::DeviceId{"d-1"};
  info.name = "a";
  info.unit = unit;
  points.add(std::move(info));
  return points;
}

wire::Catalogues catalogues(const char* gateway = "gw-1", const char* unit = "W") {
  return wire::Catalogues::build(model::GatewayId{gateway}, table(unit));
}

model::Event telemetry(std::int64_t us) {
  const auto at = base::from_us(us);
  return {at, model::DataClass::internal, model::Telemetry{{{PointHandle{0}, 1.5, model::Quality::good, at}}}};
}

model::Event transition_at(std::int64_t us) {
  model::AlarmTransition transition;
  transition.alarm = "heat/too-hot d-1";
  transition.summary = std::string(200, 's');
  return {base::from_us(us), model::DataClass::internal, transition};
}

wire::ChunkHeader header_of(const wire::SealedChunk& sealed, wire::TimeBase time) {
  return {model::GatewayId{"gw-1"},
          model::Epoch{77},
          sealed.stream,
          5,
          6,
          sealed.boot,
          time,
          wire::Lane::backfill,
          static_cast<std::uint8_t>(sealed.codec),
          sealed.catalogue,
          sealed.checksum,
          sealed.events,
          sealed.first_offset,
          sealed.last_offset};
}

v1::Chunk parse(const base::Bytes& bytes) {
  v1::Chunk chunk;
  REQUIRE(chunk.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return chunk;
}

}  // namespace

TEST_CASE("a body of alarms stays within 4 KiB, with either codec, and no event is lost or moved") {
  const auto all = catalogues();
  for (const auto codec : {wire::Codec::none, wire::Codec::zstd}) {
    wire::Chunker chunker({}, codec, all);
    std::uint32_t events = 0;
    std::int64_t last = -1;
    const auto count = [&events, &last](const wire::SealedChunk& chunk) {
      CHECK(chunk.row.size() <= wire::Chunker::kAlarmBodyLimit + 3);
      CHECK(base::to_us(chunk.first_offset) == last + 1);
      events += chunk.events;
      last = base::to_us(chunk.last_offset);
    };
    for (int i = 0; i < 200; ++i) {
      if (const auto full = chunker.add(transition_at(i))) count(*full);
    }
    count(*chunker.seal(kAlarm));
    CHECK(events == 200);
  }
}

TEST_CASE("a body that compression would not make smaller is kept as it is, and the header says so") {
  const auto all = catalogues();
  wire::Chunker chunker({}, wire::Codec::zstd, all);
  CHECK_FALSE(chunker.add(telemetry(1)));
  const auto sealed = chunker.seal(kTelemetry);
  REQUIRE(sealed);
  CHECK(sealed->codec == wire::Codec::none);
  v1::ChunkBody body;
  CHECK(body.ParseFromString(parse(wire::wrap(header_of(*sealed, wire::TimeBounds{}), sealed->row)).body()));
}

TEST_CASE("each stream has its own open chunk: sealing one leaves the others") {
  const auto all = catalogues();
  wire::Chunker chunker({}, wire::Codec::none, all);
  CHECK_FALSE(chunker.open_since(kTelemetry));
  CHECK_FALSE(chunker.add(telemetry(7)));
  CHECK_FALSE(chunker.add(telemetry(9)));
  CHECK_FALSE(chunker.add(transition_at(8)));
  CHECK(chunker.open_since(kTelemetry) == base::from_us(7));
  const auto sealed = chunker.seal(kAlarm);
  REQUIRE(sealed);
  CHECK(sealed->events == 1);
  CHECK(sealed->catalogue.empty());  // a body without points
  CHECK_FALSE(chunker.seal(kAlarm));
  CHECK(chunker.open_since(kTelemetry) == base::from_us(7));
}

TEST_CASE("what is concatenated by encode is the body, byte for byte") {
  const auto all = catalogues();
  base::Bytes body;
  wire::encode(telemetry(1), all, body);
  wire::encode(telemetry(2), all, body);
  wire::Chunker chunker({}, wire::Codec::none, all);
  CHECK_FALSE(chunker.add(telemetry(1)));
  CHECK_FALSE(chunker.add(telemetry(2)));
  const auto sealed = chunker.seal(kTelemetry);
  const auto chunk = parse(wire::wrap(header_of(*sealed, wire::TimeBounds{}), sealed->row));
  CHECK(chunk.body() == base::as_text(body));
  CHECK(sealed->checksum == base::crc32c(body));
}

TEST_CASE("the header carries identity, lane and the time base of the moment of sending") {
  const auto all = catalogues();
  base::BootId boot{};
  boot.fill(0xB0);
  wire::Chunker chunker(boot, wire::Codec::none, all);
  CHECK_FALSE(chunker.add(telemetry(1)));
  const auto sealed = chunker.seal(kTelemetry);
  const wire::TimeAnchor anchor{base::from_us(3), base::WallTime{std::chrono::microseconds{4}},
                                std::chrono::microseconds{5}};
  const auto dated = parse(wire::wrap(header_of(*sealed, anchor), sealed->row));
  CHECK(dated.gateway() == "gw-1");
  CHECK(dated.epoch() == 77);
  CHECK(dated.stream() == model::stream_number(kTelemetry));
  CHECK(dated.first_number() == 5);
  CHECK(dated.last_number() == 6);
  CHECK(dated.boot_id() == std::string(16, '\xB0'));
  CHECK(dated.lane() == v1::LANE_BACKFILL);
  CHECK(dated.time_base().anchor().offset_us() == 3);
  CHECK(dated.time_base().anchor().wall_us() == 4);
  CHECK(dated.time_base().anchor().uncertainty_us() == 5);

  const wire::TimeBounds bounds{std::nullopt, base::WallTime{std::chrono::microseconds{9}}};
  const auto undated = parse(wire::wrap(header_of(*sealed, bounds), sealed->row));
  CHECK_FALSE(undated.time_base().has_anchor());
  CHECK(undated.time_base().bounds().not_before_wall_us() == 0);
  CHECK(undated.time_base().bounds().not_after_wall_us() == 9);
}

TEST_CASE("a catalogue has another hash when it says anything else") {
  const auto hash = [](const wire::Catalogues& c) { return c.of(model::DataClass::internal)->hash; };
  CHECK(hash(catalogues()).size() == 16);
  CHECK(hash(catalogues()) == hash(catalogues()));
  CHECK(hash(catalogues()) != hash(catalogues("gw-2")));
  CHECK(hash(catalogues()) != hash(catalogues("gw-1", "kW")));
}

TEST_CASE("one reading that is not good brings the qualities of all of its instant, in their order") {
  const auto all = catalogues();
  const auto at = base::from_us(1);
  base::Bytes body;
  wire::encode({at, model::DataClass::internal,
                model::Telemetry{{{PointHandle{0}, 1.0, model::Quality::good, at},
                                  {PointHandle{0}, {}, model::Quality::bad_configuration_error, at}}}},
               all, body);
  v1::ChunkBody parsed;
  REQUIRE(parsed.ParseFromArray(body.data(), static_cast<int>(body.size())));
  const auto& telemetry_out = parsed.events(0).telemetry();
  REQUIRE(telemetry_out.quality_size() == 2);
  CHECK(telemetry_out.quality(0) == static_cast<std::uint32_t>(model::Quality::good));
  CHECK(telemetry_out.quality(1) == static_cast<std::uint32_t>(model::Quality::bad_configuration_error));
}

TEST_CASE("a record with a state, severity or class that there is not gives none") {
  model::AlarmRecord record;
  record.alarm = "x";
  const auto bytes = wire::encode_record(record);
  auto state = bytes;
  state[1 + 4 + 1] = 8;  // after the version and the text "x"
  CHECK_FALSE(wire::decode_record(state));
  auto data_class = bytes;
  constexpr std::size_t kBehind = 8 + 1 + 1 + 4 + 16 + 3 * 8;  // date, life, bits, re-alarms, boot, instants
  data_class[bytes.size() - kBehind - 1] = 3;
  CHECK_FALSE(wire::decode_record(data_class));
  CHECK_FALSE(wire::decode_record({}));
}

TEST_CASE("birth and will differ in nothing but that one is online") {
  wire::GatewayState state;
  state.gateway = model::GatewayId{"gw-1"};
  state.epoch = model::Epoch{77};
  state.responsible.area = {"c", "d", "s", "g"};
  state.profiles = {"p 1"};
  state.catalogues = {base::Bytes(16, 0xCA)};
  const auto parsed = [](const wire::GatewayState& s) {
    const auto bytes = wire::encode_state(s);
    v1::GatewayState out;
    REQUIRE(out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return out;
  };
  const auto will = parsed(state);
  state.online = true;
  auto birth = parsed(state);
  CHECK(birth.online());
  CHECK_FALSE(will.online());
  CHECK(birth.epoch() == 77);
  CHECK(birth.catalogues(0) == std::string(16, '\xCA'));
  birth.set_online(false);
  CHECK(birth.SerializeAsString() == will.SerializeAsString());
}
