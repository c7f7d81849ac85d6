#include "wire/encode.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <limits>

#include "wayside/v1/event.pb.h"
#include "wire/encode_alarm.hpp"
#include "wire/encode_command.hpp"
#include "wire/encode_health.hpp"

namespace wayside::wire {
namespace {

constexpr std::uint8_t kEventsTag = (1U << 3U) | 2U;  // ChunkBody.events, length-delimited

void fill_telemetry(v1::Telemetry& out, const model::Telemetry& telemetry, const Catalogues& catalogues) {
  bool all_good = true;
  for (const auto& reading : telemetry.readings) {
    all_good = all_good && reading.quality == model::Quality::good;
    if (const auto* text = std::get_if<std::string>(&reading.value)) {
      auto& entry = *out.add_text();
      entry.set_position(static_cast<std::uint32_t>(out.point_size()));
      entry.set_text(*text);
    }
    out.add_point(catalogues.index_of(reading.point));
    out.add_value(model::as_number(reading.value).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  if (all_good) return;
  for (const auto& reading : telemetry.readings) out.add_quality(static_cast<std::uint32_t>(reading.quality));
}

void fill_hold(v1::HoldChange& out, const model::HoldChange& change) {
  out.set_step(static_cast<v1::HoldStep>(static_cast<int>(change.step) + 1));
  out.set_device(change.hold.device.value);
  out.set_holder(change.hold.by.text());
  out.set_by(change.by);
  out.set_since_offset_us(base::to_us(change.hold.since));
  out.set_until_offset_us(base::to_us(change.hold.until));
  out.set_until_wall_us(change.hold.until_wall_us);
  out.set_area(change.place.area.path());
  out.set_department(change.place.department);
}

void fill_import(v1::BaselineImport& out, const model::BaselineImport& import) {
  out.set_by(import.by);
  out.set_started(static_cast<std::uint32_t>(import.started));
  out.set_kept(static_cast<std::uint32_t>(import.kept));
  constexpr std::size_t kMostTold = 8;  // an event has to fit into a chunk
  const auto told = std::min(import.kinds.size(), kMostTold);
  out.set_more_kinds(static_cast<std::uint32_t>(import.kinds.size() - told));
  for (std::size_t i = 0; i < told; ++i) {
    const auto& kind = import.kinds[i];
    auto& one = *out.add_kinds();
    one.set_function(kind.kind.function);
    one.set_family(kind.kind.family);
    one.set_profile(kind.kind.profile);
    one.set_gateways(kind.gateways);
    one.set_points(kind.points);
  }
}

void fill_repair(v1::RepairReport& out, const model::RepairReport& report) {
  out.set_alarm(report.alarm);
  out.set_action(report.action);
  out.set_device(report.device.value);
  out.set_step(static_cast<v1::RepairStep>(static_cast<int>(report.step) + 1));
  out.set_attempt(report.attempt);
  out.set_tries(report.tries);
  out.set_within_us(report.within.count());
  out.set_command(report.command);
  out.set_reason(report.reason);
  out.set_area(report.place.area.path());
  out.set_department(report.place.department);
}

struct Filler {
  v1::Event& out;
  const Catalogues& catalogues;

  void operator()(const model::Telemetry& body) const { fill_telemetry(*out.mutable_telemetry(), body, catalogues); }
  void operator()(const model::AlarmTransition& body) const {
    fill_alarm(*out.mutable_alarm(), body);
    out.mutable_alarm()->set_durable(true);
  }
  void operator()(const model::ClockAnchor& body) const {
    auto& clock = *out.mutable_clock();
    clock.set_boot_id(body.boot.data(), body.boot.size());
    clock.set_offset_us(base::to_us(body.offset));
    clock.set_wall_us(body.wall.time_since_epoch().count());
    clock.set_uncertainty_us(body.uncertainty.count());
    clock.set_source(body.source);
  }
  void operator()(const model::EpochStarted& body) const {
    auto& started = *out.mutable_epoch_started();
    started.set_reason(body.reason);
    started.set_old_epoch(static_cast<std::uint64_t>(body.old_epoch.value_or(model::Epoch{})));
    for (const auto& [stream, last] : body.last_numbers) {
      auto& number = *started.add_last_numbers();
      number.set_stream(static_cast<std::uint32_t>(stream));
      number.set_number(last);
    }
  }
  void operator()(const model::CatalogueEvent& body) const {
    // Made by Catalogues::build a moment ago: it parses.
    out.mutable_catalogue()->ParseFromArray(body.encoded.data(), static_cast<int>(body.encoded.size()));
  }
  void operator()(const model::DeviceStatus& body) const {
    auto& status = *out.mutable_device_status();
    status.set_device(body.device.value);
    status.set_communicating(body.communicating);
    status.set_reason(body.reason);
  }
  void operator()(const model::DataQuality& body) const { fill_data_quality(*out.mutable_data_quality(), body); }
  void operator()(const model::Health& body) const { fill_health(*out.mutable_health(), body); }
  void operator()(const model::AssetReport& body) const { fill_asset_report(*out.mutable_asset(), body); }
  void operator()(const model::CommandResult& body) const { fill_command(*out.mutable_command(), body); }
  void operator()(const model::HoldChange& body) const { fill_hold(*out.mutable_hold(), body); }
  void operator()(const model::BaselineImport& body) const { fill_import(*out.mutable_baseline_import(), body); }
  void operator()(const model::RepairReport& body) const { fill_repair(*out.mutable_repair(), body); }
  void operator()(const model::Loss& body) const { fill_loss(*out.mutable_loss(), body); }
  void operator()(const model::EpochClosed& body) const {
    out.mutable_epoch_closed()->set_epoch(static_cast<std::uint64_t>(body.epoch));
  }
  void operator()(const model::AuditEntry& body) const {
    out.mutable_audit()->set_record(body.record.data(), body.record.size());
  }
  void operator()(const model::AuditHead& body) const {
    auto& head = *out.mutable_audit_head();
    head.set_number(body.number);
    head.set_digest(body.digest.data(), body.digest.size());
    head.set_signature(body.signature.data(), body.signature.size());
    head.set_public_key(body.public_key.data(), body.public_key.size());
  }
};

}  // namespace

void encode(const model::Event& event, const Catalogues& catalogues, base::Bytes& body) {
  v1::Event message;
  message.set_offset_us(base::to_us(event.at));
  std::visit(Filler{message, catalogues}, event.body);

  using google::protobuf::io::CodedOutputStream;
  const std::size_t size = message.ByteSizeLong();
  const std::size_t length_size = CodedOutputStream::VarintSize64(size);
  const std::size_t start = body.size();
  body.resize(start + 1 + length_size + size);
  body[start] = kEventsTag;
  std::uint8_t* at = CodedOutputStream::WriteVarint64ToArray(size, body.data() + start + 1);
  // Maps in a fixed order: the same events give the same bytes, in every run from one seed.
  google::protobuf::io::ArrayOutputStream stream(at, static_cast<int>(size));
  CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
}

}  // namespace wayside::wire
