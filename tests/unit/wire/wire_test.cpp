#include <zstd.h>

#include <cmath>

#include "support/catch.hpp"
#include "wayside/v1/chunk.pb.h"
#include "wire/chunker.hpp"
#include "wire/encode.hpp"
#include "wire/envelope.hpp"
#include "wire/topics.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using model::PointHandle;

model::PointTable table() {
  model::PointTable points;
  const auto add = [&points](const char* name, model::DataClass c) {
    model::PointInfo info;
    info.device = model::DeviceId{"d-1"};
    info.name = name;
    info.metric = name;
    info.labels = {{"device", "d-1"}, {"family", "f"}, {"lane", "2"}};
    info.unit = "W";
    info.data_class = c;
    points.add(std::move(info));
  };
  add("a", model::DataClass::internal);
  add("b", model::DataClass::open);
  add("c", model::DataClass::internal);
  return points;
}

model::Event telemetry(std::int64_t us, model::Value value, model::Quality quality) {
  const auto at = base::from_us(us);
  return {at, model::DataClass::internal, model::Telemetry{{{PointHandle{2}, std::move(value), quality, at}}}};
}

v1::Chunk sent(const wire::SealedChunk& sealed) {
  wire::ChunkHeader header{model::GatewayId{"gw-1"},
                           model::Epoch{77},
                           sealed.stream,
                           5,
                           5,
                           sealed.boot,
                           wire::TimeAnchor{base::from_us(1), base::WallTime{}, {}},
                           wire::Lane::live,
                           static_cast<std::uint8_t>(sealed.codec),
                           sealed.catalogue,
                           sealed.checksum,
                           sealed.events,
                           sealed.first_offset,
                           sealed.last_offset};
  const auto bytes = wire::wrap(header, sealed.row);
  v1::Chunk chunk;
  REQUIRE(chunk.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return chunk;
}

v1::ChunkBody body_of(const v1::Chunk& chunk) {
  std::string plain = chunk.body();
  if (chunk.codec() == v1::CODEC_ZSTD) {
    plain.resize(ZSTD_getFrameContentSize(chunk.body().data(), chunk.body().size()));
    ZSTD_decompress(plain.data(), plain.size(), chunk.body().data(), chunk.body().size());
  }
  v1::ChunkBody body;
  REQUIRE(body.ParseFromString(plain));
  return body;
}

}  // namespace

TEST_CASE("header and stored row together are one chunk, and its body the events, with either codec") {
  const auto points = table();
  const auto catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
  for (const auto codec : {wire::Codec::none, wire::Codec::zstd}) {
    wire::Chunker chunker({}, codec, catalogues);
    for (int i = 0; i < 50; ++i) {
      CHECK_FALSE(chunker.add(telemetry(1000 + i, 2.5, model::Quality::good)));
    }
    const auto sealed = chunker.seal({model::StreamKind::telemetry, model::DataClass::internal});
    REQUIRE(sealed);
    CHECK(sealed->codec == codec);
    const auto chunk = sent(*sealed);
    CHECK(chunk.event_count() == 50);
    CHECK(chunk.first_offset_us() == 1000);
    CHECK(chunk.last_offset_us() == 1049);
    CHECK(chunk.checksum() == base::crc32c(base::as_bytes(chunk.body())));
    CHECK(chunk.catalogue() == base::as_text(catalogues.of(model::DataClass::internal)->hash));
    const auto body = body_of(chunk);
    REQUIRE(body.events_size() == 50);
    CHECK(body.events(7).offset_us() == 1007);
    CHECK(body.events(7).telemetry().value(0) == 2.5);
    CHECK(body.events(7).telemetry().quality_size() == 0);  // all good: left out
  }
}

TEST_CASE("an index is the point's place in the catalogue of its class") {
  const auto points = table();
  const auto catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
  CHECK(catalogues.index_of(PointHandle{0}) == 0);
  CHECK(catalogues.index_of(PointHandle{1}) == 0);
  CHECK(catalogues.index_of(PointHandle{2}) == 1);
  CHECK_FALSE(catalogues.of(model::DataClass::sensitive));
  const auto again = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
  CHECK(again.of(model::DataClass::internal)->hash == catalogues.of(model::DataClass::internal)->hash);
}

TEST_CASE("no value is not a number, never a zero, and a bad quality goes along") {
  const auto points = table();
  const auto catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
  wire::Chunker chunker({}, wire::Codec::none, catalogues);
  CHECK_FALSE(chunker.add(telemetry(1, {}, model::Quality::bad_no_communication)));
  CHECK_FALSE(chunker.add(telemetry(2, std::string("open"), model::Quality::good)));
  const auto body = body_of(sent(*chunker.seal({model::StreamKind::telemetry, model::DataClass::internal})));
  CHECK(std::isnan(body.events(0).telemetry().value(0)));
  CHECK(body.events(0).telemetry().quality(0) == 0x80310000U);
  REQUIRE(body.events(1).telemetry().text_size() == 1);
  CHECK(body.events(1).telemetry().text(0).position() == 0);
  CHECK(body.events(1).telemetry().text(0).text() == "open");
}

TEST_CASE("a body stays within its limit: the event that does not fit begins the next") {
  const auto points = table();
  const auto catalogues = wire::Catalogues::build(model::GatewayId{"gw-1"}, points);
  wire::Chunker chunker({}, wire::Codec::none, catalogues);
  std::uint32_t events = 0;
  int chunks = 0;
  for (int i = 0; i < 3000; ++i) {
    if (const auto full = chunker.add(telemetry(i, 1.0 * i, model::Quality::good))) {
      CHECK(full->row.size() <= wire::Chunker::kTelemetryBodyLimit + 4);
      events += full->events;
      ++chunks;
    }
  }
  events += chunker.seal({model::StreamKind::telemetry, model::DataClass::internal})->events;
  CHECK(events == 3000);
  CHECK(chunks > 2);
}

TEST_CASE("an alarm's record comes back whole, and damaged bytes give none") {
  model::AlarmRecord record{"g/r d-1",
                            model::AlarmState::raised,
                            9,
                            "0123",
                            "too hot",
                            model::Severity::critical,
                            model::DeviceId{"d-1"},
                            {{"c", "d", "s", "g"}, "water"},
                            model::DataClass::sensitive,
                            42};
  auto bytes = wire::encode_record(record);
  const auto back = wire::decode_record(bytes);
  REQUIRE(back);
  CHECK(back->alarm == record.alarm);
  CHECK(back->count == 9);
  CHECK(back->place.area == record.place.area);
  CHECK(back->data_class == model::DataClass::sensitive);
  CHECK(back->since_wall_us == 42);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK_FALSE(wire::decode_record(base::ByteView(bytes).first(cut)));
  }
  bytes.push_back(0);
  CHECK_FALSE(wire::decode_record(bytes));
  bytes.pop_back();
  bytes[0] = 9;
  CHECK_FALSE(wire::decode_record(bytes));
}

TEST_CASE("the life of an alarm is in its record") {
  model::AlarmRecord record;
  record.alarm = "g/r d-1";
  record.state = model::AlarmState::shelved;
  record.live = model::AlarmState::latched;
  record.shelved = record.escalated = record.shelf_carried = true;
  record.re_alarms = 300;
  record.boot[0] = 7;
  record.at = base::from_us(-5);
  record.active_since = base::from_us(11);
  record.base = base::from_us(12);
  record.shelved_until = base::from_us(13);
  record.action = model::AlarmAction{model::TransitionCause::shelved, "li wei", "检修"};
  auto bytes = wire::encode_record(record);
  const auto back = wire::decode_record(bytes);
  REQUIRE(back);
  CHECK(back->state == model::AlarmState::shelved);
  CHECK(back->live == model::AlarmState::latched);
  CHECK((back->shelved && back->escalated && back->shelf_carried));
  CHECK_FALSE((back->suppressed || back->out_of_service || back->stale));
  CHECK(back->re_alarms == 300);
  CHECK(back->boot == record.boot);
  CHECK(back->at == record.at);
  CHECK(back->active_since == record.active_since);
  CHECK(back->base == record.base);
  CHECK(back->shelved_until == record.shelved_until);
  CHECK(back->action == record.action);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK_FALSE(wire::decode_record(base::ByteView(bytes).first(cut)));
  }
}

TEST_CASE("a record of the first releases is read, whatever hid nothing then") {
  base::ByteWriter out;
  out.u8(1);
  out.text("g/r d-1");
  out.u8(1);  // raised
  out.u64(3);
  out.text("0123456789abcdef");
  out.text("too hot");
  out.u8(2);
  out.text("d-1");
  for (const auto* text : {"water", "c", "d", "s", "g"}) out.text(text);
  out.u8(1);
  out.i64(42);
  const auto bytes = out.take();
  const auto back = wire::decode_record(bytes);
  REQUIRE(back);
  CHECK(back->count == 3);
  CHECK(back->live == model::AlarmState::raised);
  CHECK(back->boot == base::BootId{});
  CHECK_FALSE(back->shelved);
}

TEST_CASE("a record whose life is none is refused") {
  model::AlarmRecord record;
  record.live = model::AlarmState::shelved;  // what hides an alarm is not its life
  CHECK_FALSE(wire::decode_record(wire::encode_record(record)));
}

TEST_CASE("topics are those of the contract") {
  const wire::Topics topics({"c", "d", "s", "g"}, model::GatewayId{"gw-1"});
  CHECK(topics.stream({model::StreamKind::alarm, model::DataClass::open}) == "wayside/v1/c/d/s/g/gw-1/up/public/alarm");
  CHECK(topics.state() == "wayside/v1/c/d/s/g/gw-1/up/state");
  CHECK(topics.catalogue(model::DataClass::internal, base::Bytes{1, 255}) ==
        "wayside/v1/c/d/s/g/gw-1/up/internal/catalogue/01ff");
}
