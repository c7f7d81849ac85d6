#include "sim/fleet/light_gateway.hpp"

#include <array>
#include <utility>

#include "wire/envelope.hpp"

namespace wayside::sim {
namespace {

constexpr std::array kPoints{"voltage_l1", "current_l1", "power_total", "frequency", "energy", "temperature"};
constexpr std::array kUnits{"V", "A", "W", "Hz", "kW.h", "Cel"};
constexpr double kAlarmShare = 0.1;  // of the periods
constexpr auto kClass = model::DataClass::internal;
constexpr const char* kProtobuf = "application/x-protobuf";

model::Area area_of(const std::string& city) { return {city, "district", "street", "grid"}; }

model::PointTable make_points() {
  model::PointTable out;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    model::PointInfo info;
    info.device = model::DeviceId{"cabinet-1"};
    info.name = info.metric = kPoints[i];
    info.unit = kUnits[i];
    info.data_class = kClass;
    info.meaning = std::string(kPoints[i]) + " of the cabinet";
    info.profile = "eastron-sdm630";
    info.profile_version = 1;
    out.add(std::move(info));
  }
  return out;
}

// One for all: it is the same, and not small.
const base::Bytes& descriptor_set() {
  static const auto encoded = wire::encode_descriptor_set();
  return encoded;
}

}  // namespace

LightGateway::LightGateway(Setting setting, Parts parts)
    : setting_(std::move(setting)),
      parts_(parts),
      random_(setting_.seed),
      epoch_(model::Epoch{random_.next() | 1U}),
      points_(make_points()),
      catalogues_(wire::Catalogues::build(model::GatewayId{setting_.id}, points_)),
      chunker_(parts_.time.boot(), wire::Codec::zstd, catalogues_),
      topics_(area_of(setting_.city), model::GatewayId{setting_.id}),
      outbox_(epoch_, parts_.core),
      tallied_(outbox_, parts_.tally),
      forwarder_({model::GatewayId{setting_.id}, topics_, tallied_, parts_.time, parts_.core}),
      link_(link_options(), parts_.sessions, parts_.core, random_) {
  forwarder_.set_link(link_);
}

uplink::LinkOptions LightGateway::link_options() {
  uplink::LinkOptions out;
  out.version = ports::MqttVersion::v5;
  out.connect.client_id = setting_.id;
  out.connect.will = ports::MqttMessage{topics_.state(), state(false), true, kProtobuf};
  out.announcements = [this] {
    const auto& catalogue = *catalogues_.of(kClass);
    std::vector<ports::MqttMessage> messages;
    messages.push_back({topics_.state(), state(true), true, kProtobuf});
    messages.push_back({topics_.descriptor(), descriptor_set(), true, kProtobuf});
    messages.push_back({topics_.catalogue(kClass, catalogue.hash), catalogue.encoded, true, kProtobuf});
    return messages;
  };
  return out;
}

base::Bytes LightGateway::state(bool online) const {
  wire::GatewayState out;
  out.gateway = model::GatewayId{setting_.id};
  out.online = online;
  out.epoch = epoch_;
  out.boot = parts_.time.boot();
  out.responsible = {area_of(setting_.city), "lighting"};
  out.software_version = "fleet";
  out.profiles = {"eastron-sdm630@1"};
  out.catalogues = {catalogues_.of(kClass)->hash};
  return wire::encode_state(out);
}

void LightGateway::start() {
  record({parts_.core.now(), kClass, model::CatalogueEvent{catalogues_.of(kClass)->encoded}});
  link_.start(forwarder_);
  // Spread over the period, as gateways are.
  measure_in(std::chrono::microseconds{
      static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(setting_.period.count())))});
}

void LightGateway::end_measuring() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(timer_, base::TimerId::none));
}

void LightGateway::measure_in(std::chrono::microseconds delay) {
  timer_ = parts_.core.post_at(parts_.core.now() + delay, [this] {
    timer_ = base::TimerId::none;
    measure();
    measure_in(setting_.period);
  });
}

void LightGateway::measure() {
  const auto now = parts_.core.now();
  model::Telemetry telemetry;
  for (std::uint32_t i = 0; i < kPoints.size(); ++i) {
    telemetry.readings.push_back({model::PointHandle{i}, 100.0 + random_.unit(), model::Quality::good, now});
  }
  record({now, kClass, std::move(telemetry)});
  if (random_.chance(kAlarmShare)) record_alarm();
}

void LightGateway::record_alarm() {
  const bool raised = transitions_ % 2 == 0;
  model::AlarmTransition alarm;
  alarm.alarm = "fleet/overload " + setting_.id;
  alarm.count = ++transitions_;
  alarm.rule = "fleet/overload";
  alarm.from = raised ? model::AlarmState::normal : model::AlarmState::raised;
  alarm.to = alarm.live = raised ? model::AlarmState::raised : model::AlarmState::normal;
  alarm.cause = raised ? model::TransitionCause::condition : model::TransitionCause::cleared;
  alarm.device = model::DeviceId{"cabinet-1"};
  alarm.place = {area_of(setting_.city), "lighting"};
  alarm.summary = "cabinet-1 draws too much";
  alarm.at = parts_.core.now();
  record({alarm.at, kClass, std::move(alarm)});
}

// A chunk an event: as the alarm lane has it, and telemetry of a period that is longer than the loss window.
void LightGateway::record(const model::Event& event) {
  ports::Commit commit;
  const auto take = [&commit](std::optional<wire::SealedChunk> sealed) {
    if (!sealed) return;
    commit.chunks.push_back({sealed->stream, sealed->boot, std::move(sealed->catalogue), sealed->events,
                             sealed->first_offset, sealed->last_offset, static_cast<std::uint8_t>(sealed->codec),
                             sealed->checksum, std::move(sealed->row)});
  };
  take(chunker_.add(event));
  take(chunker_.seal(model::stream_of(event)));
  tallied_.commit(std::move(commit), [this](base::Result<std::vector<ports::StoredKey>> keys) {
    if (keys) forwarder_.committed(*keys);
  });
}

}  // namespace wayside::sim
