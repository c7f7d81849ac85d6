// Health, data quality and asset reports on the wire, and the birth.
#include <google/protobuf/descriptor.pb.h>

#include <limits>
#include <set>

#include "support/catch.hpp"
#include "wayside/v1/chunk.pb.h"
#include "wayside/v1/state.pb.h"
#include "wire/chunker.hpp"
#include "wire/encode.hpp"
#include "wire/envelope.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kLifetime = 30ULL * 365 * 24 * 3'600'000'000ULL;  // 30 years, microseconds

model::AssetRecord full_record() {
  model::AssetRecord record;
  record.device = model::DeviceId{std::string(32, 'd')};
  record.identity = {std::string(64, 's'), std::string(64, 'f')};
  record.place = {{std::string(32, 'c'), std::string(32, 'd'), std::string(32, 's'), std::string(32, 'g')}, "lighting"};
  record.observed_us = kLifetime;
  record.running_us = kLifetime - 1;
  record.first_seen_wall_us = 1'772'323'200'000'000;
  for (std::size_t i = 0; i < model::AssetRecord::kMostLoads; ++i) {
    record.loads.push_back({"lamp-" + std::to_string(i), kLifetime / 2, 1'000'000, i % 2 == 0});
  }
  return record;
}

v1::Event decoded(const model::Event& event) {
  const auto catalogues = wire::Catalogues::build(model::GatewayId{"g"}, {});
  base::Bytes body;
  wire::encode(event, catalogues, body);
  v1::ChunkBody message;
  REQUIRE(message.ParseFromArray(body.data(), static_cast<int>(body.size())));
  REQUIRE(message.events_size() == 1);
  return message.events(0);
}

}  // namespace

TEST_CASE("a replacement of a device with all its lamps fits the body of an alarm chunk") {
  model::AssetReport report{model::AssetCause::replaced, full_record(), full_record()};
  const model::Event event{base::from_us(5), model::DataClass::internal, report};
  CHECK(model::stream_of(event).kind == model::StreamKind::alarm);
  const auto message = decoded(event);
  CHECK(message.asset().cause() == v1::ASSET_CAUSE_REPLACED);
  CHECK(message.asset().record().burn_us() == kLifetime / 2 * 64);
  CHECK(message.asset().record().loads(1).has_on());
  CHECK_FALSE(message.asset().record().loads(1).on());
  CHECK(message.ByteSizeLong() <= wire::Chunker::kAlarmBodyLimit);
}

TEST_CASE("what is not known of an asset is not told") {
  model::AssetRecord record;
  record.loads.push_back({"running", 0, 0, std::nullopt});
  const auto message = decoded({base::from_us(5), model::DataClass::internal,
                                model::AssetReport{model::AssetCause::first_seen, record, std::nullopt}});
  CHECK_FALSE(message.asset().has_closed());
  CHECK_FALSE(message.asset().record().loads(0).has_on());
}

TEST_CASE("a report of sixty bad points fits the body of a telemetry chunk, and further ones have no device measures") {
  model::DataQuality quality;
  quality.device = model::DeviceId{std::string(32, 'd')};
  const std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  const model::Measures measures{std::chrono::hours{30}, most, most, most, most, most, most, most};
  for (int i = 0; i < 60; ++i) quality.points.push_back({std::string(64, 'p'), measures, measures});
  const model::Event event{base::from_us(5), model::DataClass::internal, quality};
  CHECK(model::stream_of(event).kind == model::StreamKind::telemetry);
  const auto message = decoded(event);
  CHECK_FALSE(message.data_quality().has_hour());
  CHECK(message.data_quality().points(59).day().received() == most);
  CHECK(message.ByteSizeLong() <= wire::Chunker::kTelemetryBodyLimit);
}

TEST_CASE("health is telemetry, tells what it knows, and fits a chunk with a hundred buses") {
  model::Health health;
  health.uptime = std::chrono::hours{1};
  health.link = model::LinkHealth{};
  health.link->bytes_month = std::numeric_limits<std::uint64_t>::max();
  health.store = model::StoreHealth{};
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (int i = 0; i < 100; ++i) {
    health.buses.push_back({std::string(32, 'b'), 1000, 999, most, most, most, 1000, true});
  }
  const model::Event event{base::from_us(5), model::DataClass::internal, health};
  CHECK(model::stream_of(event).kind == model::StreamKind::telemetry);
  const auto message = decoded(event);
  CHECK(message.health().uptime_us() == 3'600'000'000);
  CHECK_FALSE(message.health().has_process());
  CHECK(message.health().link().bytes_month() == most);
  CHECK_FALSE(message.health().store().has_oldest_us());
  CHECK(message.health().buses(99).devices_answering() == 999);
  CHECK(message.ByteSizeLong() <= wire::Chunker::kTelemetryBodyLimit);
}

TEST_CASE("the birth says what the gateway can do, its rules and its dictionary") {
  wire::GatewayState state;
  state.gateway = model::GatewayId{"g"};
  state.capabilities = {"body/none", "event/health"};
  state.dictionary = {1, 2, 3};
  state.rule_packs = {{"rules/supply.yaml", 4, 0xE3069283}};
  state.insecure = true;
  const auto bytes = wire::encode_state(state);
  v1::GatewayState message;
  REQUIRE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  CHECK(message.capabilities(1) == "event/health");
  CHECK(message.dictionary() == "\1\2\3");
  CHECK(message.rule_packs(0).name() == "rules/supply.yaml");
  CHECK(message.rule_packs(0).rules() == 4);
  CHECK(message.rule_packs(0).checksum() == 0xE3069283);
  CHECK(message.insecure());
}

TEST_CASE("the descriptor set names every file after those it imports") {
  const auto bytes = wire::encode_descriptor_set();
  google::protobuf::FileDescriptorSet set;
  REQUIRE(set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  std::set<std::string> known;
  for (const auto& file : set.file()) {
    for (const auto& needed : file.dependency()) {
      INFO(file.name() << " imports " << needed);
      CHECK(known.contains(needed));
    }
    known.insert(file.name());
  }
  CHECK(known.contains("wayside/v1/asset.proto"));
  CHECK(known.contains("wayside/v1/quality.proto"));
  CHECK(known.contains("wayside/v1/state.proto"));
  CHECK_FALSE(known.contains("wayside/control/v1/control.proto"));
}
