#include "daemon/control_handler.hpp"

#include <array>

#include "daemon/control_alarms.hpp"
#include "wire/encode_health.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

std::int64_t ago(const Gateway& gateway, base::BootTime then) {
  return (gateway.seams().clock.boot_now() - then).count();
}

void fill_sparkplug(const Gateway& gateway, v1::SparkplugStatus& out) {
  const auto& face = *gateway.sparkplug();
  const auto& config = *gateway.config().uplink->sparkplug;
  const auto link = face.link().status();
  out.set_node(config.group + "/" + config.node);
  out.set_up(link.up);
  out.set_reason(link.reason);
  out.set_since_us_ago(ago(gateway, link.since));
  out.set_broker(link.broker);
  out.set_born(link.up && face.is_born());
  out.set_primary_host(config.primary_host);
  out.set_births(face.counters().births);
  out.set_messages(face.counters().messages);
  out.set_commands(face.counters().commands);
  out.set_commands_refused(face.counters().refused);
  out.set_problem(link.subscription_problem);
}

void fill_uplink(const Gateway& gateway, v1::UplinkStatus& out) {
  const auto& counters = gateway.forwarder().counters();
  out.set_published(counters.published);
  out.set_acknowledged(counters.acknowledged);
  out.set_in_flight(counters.in_flight);
  out.set_last_ack_us_ago(counters.last_ack ? ago(gateway, *counters.last_ack) : -1);
  if (gateway.link() == nullptr) {
    out.set_reason("no uplink is configured");
    return;
  }
  const auto link = gateway.link()->status();
  out.set_broker(link.broker);
  for (const auto& broker : gateway.link()->brokers()) out.add_brokers(broker);
  out.set_bytes_per_second(gateway.forwarder().bytes_per_second());
  out.set_refused(counters.refused);
  const auto& budget = gateway.budget();
  const auto held = budget.held();
  out.set_backfill_held(held.backfill);
  out.set_live_held(held.live);
  out.mutable_day()->set_bytes(budget.day().bytes);
  out.mutable_day()->set_most(budget.day().most);
  out.mutable_month()->set_bytes(budget.month().bytes);
  out.mutable_month()->set_most(budget.month().most);
  out.set_mqtt(link.version == ports::MqttVersion::v5 ? "5" : "3.1.1");
  out.set_insecure(gateway.config().uplink->insecure);
  if (const auto* keeper = gateway.link_keeper()) {
    if (const auto& term = keeper->term()) {
      out.set_certificate(term->what);
      out.set_certificate_until_us(term->until.time_since_epoch().count());
    }
    out.set_tls_problem(keeper->problem());
  }
  const auto& asked = gateway.config().uplink->downlink;
  for (const auto kind : asked.allow) out.add_orders_allowed(std::string(model::to_string(kind)));
  if (asked.allow_sensitive) out.add_orders_allowed("query-sensitive");
  out.set_orders_problem(link.subscription_problem);
  if (const auto* downlink = gateway.downlink()) {
    const auto& orders = downlink->counters();
    out.set_orders_received(orders.received);
    out.set_orders_refused(orders.refused + orders.malformed);
  }
  if (gateway.sparkplug() != nullptr) fill_sparkplug(gateway, *out.mutable_sparkplug());
  out.set_up(link.up);
  out.set_reason(link.reason);
  out.set_since_us_ago(ago(gateway, link.since));
  out.set_connects(link.connects);
}

void fill_bus(const std::string& bus, const pipeline::BusStatistics& statistics,
              google::protobuf::Map<std::string, std::uint64_t>& counters) {
  constexpr std::array<const char*, pipeline::kBusClasses> kNames = {"command", "technician", "alarm",
                                                                     "normal",  "slow",       "probe"};
  const auto us = [](std::chrono::microseconds span) { return static_cast<std::uint64_t>(span.count()); };
  const std::string prefix = "bus." + bus + ".";
  for (std::size_t c = 0; c < kNames.size(); ++c) {
    counters[prefix + "turns." + kNames[c]] = statistics.turns[c];
    if (statistics.missed[c] > 0) counters[prefix + "missed." + kNames[c]] = statistics.missed[c];
  }
  counters[prefix + "skipped"] = statistics.skipped;
  counters[prefix + "jobs_expired"] = statistics.jobs_expired;
  counters[prefix + "jobs_refused"] = statistics.jobs_refused;
  counters[prefix + "start_p99_us"] = us(statistics.start_p99);
  counters[prefix + "start_own_p99_us"] = us(statistics.own_p99);
  counters[prefix + "dead_per_mille"] = statistics.dead_per_mille;
  counters[prefix + "parked_points"] = statistics.parked_points;
  counters[prefix + "splits"] = statistics.splits;
  counters[prefix + "line_away"] = statistics.line_away ? 1 : 0;
}

void fill_counters(const Gateway& gateway, v1::StatusResponse& out) {
  auto& counters = *out.mutable_counters();
  const auto& recorder = gateway.recorder().counters();
  counters["recorder.events"] = recorder.events;
  counters["recorder.chunks"] = recorder.chunks;
  counters["recorder.dropped_chunks"] = recorder.dropped_chunks;
  counters["recorder.failed_commits"] = recorder.failed_commits;
  const auto& notices = gateway.notices().counters();
  counters["notices.acknowledged"] = notices.acknowledged;
  counters["notices.refused"] = notices.refused;
  counters["notices.dropped"] = notices.dropped;
  const auto& forwarder = gateway.forwarder().counters();
  counters["forwarder.refused"] = forwarder.refused;
  counters["forwarder.read_errors"] = forwarder.read_errors;
  counters["answers.refused"] = gateway.answers().counters().refused;
  counters["answers.dropped"] = gateway.answers().counters().dropped;
  counters["audit.untold"] = gateway.audit().untold();
  if (const auto* downlink = gateway.downlink()) counters["downlink.dropped"] = downlink->counters().dropped;
  for (const auto& [name, value] : gateway.watch().counters()) counters[name] = value;
  const auto& commander = gateway.commander().counters();
  counters["commander.refused"] = commander.refused;
  counters["commander.untold"] = commander.untold;
  counters["commander.unwritable"] = commander.unwritable;
  counters["commander.other"] = commander.other;
  for (const auto& [bus, missed] : gateway.judge().missed_turns()) counters["bus." + bus + ".missed_turns"] = missed;
  for (const auto& [bus, statistics] : gateway.judge().buses()) fill_bus(bus, statistics, counters);
}

void fill_status(const Gateway& gateway, v1::StatusResponse& out) {
  const auto& config = gateway.config();
  out.set_gateway(config.id.value);
  out.set_area(config.responsible.area.path());
  out.set_department(config.responsible.department);
  out.set_version(gateway.seams().software_version);
  out.set_uptime_us(ago(gateway, gateway.started()));
  out.set_config_file(config.file);
  out.set_epoch(base::to_hex(static_cast<std::uint64_t>(gateway.seams().store_report.epoch)));
  out.set_clock_trusted(gateway.seams().clock.wall_trusted());
  out.set_devices(static_cast<std::uint32_t>(config.devices.size()));
  std::uint32_t communicating = 0;
  for (std::size_t i = 0; i < config.devices.size(); ++i)
    communicating += gateway.judge().device(i).communicating ? 1U : 0U;
  out.set_devices_communicating(communicating);
  out.set_points(static_cast<std::uint32_t>(gateway.assembly().points->size()));
  out.set_rules(static_cast<std::uint32_t>(gateway.assembly().rules->rule_count()));
  fill_alarm_status(gateway, out);
  fill_uplink(gateway, *out.mutable_uplink());
  fill_counters(gateway, out);
  out.mutable_store()->set_path(config.store.path);
}

// -1: none, or its boot's dates are not known.
std::int64_t age(const Gateway& gateway, const std::optional<ports::RecordedAt>& recorded) {
  if (!recorded) return -1;
  if (recorded->boot == gateway.seams().clock.boot_id()) return ago(gateway, recorded->offset);
  const auto here = gateway.time().in_this_boot(recorded->boot, recorded->offset);
  return here ? ago(gateway, *here) : -1;
}

void fill_store(const Gateway& gateway, const ports::OutboxStats& stats, v1::StoreStatus& out) {
  out.set_chunks_waiting(stats.chunks);
  out.set_bytes_waiting(stats.bytes);
  out.set_file_bytes(stats.file_bytes);
  out.set_commits(stats.commits);
  out.set_failed_commits(stats.failed_commits);
  out.set_damaged(stats.damaged);
  out.set_accepted_chunks(stats.accepted_chunks);
  out.set_accepted_events(stats.accepted_events);
  out.set_history_chunks(stats.history_chunks);
  out.set_history_bytes(stats.history_bytes);
  out.set_oldest_us_ago(age(gateway, stats.oldest));
  out.set_oldest_history_us_ago(age(gateway, stats.oldest_history));
  out.set_taken_bytes(stats.taken_bytes);
  out.set_max_bytes(stats.max_bytes);
  out.set_beside_bytes(stats.beside_bytes);
  out.set_spare_bytes(stats.spare_bytes);
  out.set_disk_free_bytes(stats.disk_free_bytes);
  out.set_min_free_bytes(stats.min_free_bytes);
  out.set_evicted(stats.evicted);
  out.set_ledger_entries(stats.ledger_entries);
  out.set_ledger_untold(stats.ledger_untold);
}

// The devices a request names: one, or all where it names none. False: there is no such device, `response` says so.
template <class Fill>
bool each_device(const Gateway& gateway, const std::string& wanted, v1::Response& response, Fill fill) {
  bool found = wanted.empty();
  const auto& devices = gateway.config().devices;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!wanted.empty() && devices[i].id.value != wanted) continue;
    found = true;
    fill(i);
  }
  if (!found) response.set_error("no device '" + wanted + "'; `wayside devices` lists them");
  return found;
}

void fill_assets(const Gateway& gateway, const std::string& wanted, v1::Response& response) {
  auto& out = *response.mutable_assets();
  each_device(gateway, wanted, response, [&](std::size_t i) {
    const auto& record = gateway.watch().assets().record(i);
    if (record) wire::fill_asset(*out.add_assets(), *record);
  });
}

void fill_quality(const Gateway& gateway, const std::string& wanted, v1::Response& response) {
  auto& out = *response.mutable_quality();
  each_device(gateway, wanted, response, [&](std::size_t i) {
    auto quality = gateway.watch().quality(i);
    // All points of one device, or no points of all: the answer stays small.
    if (wanted.empty()) quality.points.clear();
    wire::fill_data_quality(*out.add_devices(), quality);
  });
}

}  // namespace

void fill_device(const Gateway& gateway, std::size_t index, v1::Device& out) {
  const auto& config = gateway.config().devices[index];
  const auto& counters = gateway.judge().device(index);
  out.set_id(config.id.value);
  out.set_bus(config.bus.value);
  if (const auto address = config.options.find("address"); address != config.options.end()) {
    out.set_address(address->second);
  } else {
    out.set_unit(config.unit);
  }
  out.set_profile(config.profile.name);
  out.set_department(config.responsible.department);
  out.set_communicating(counters.communicating);
  const auto& buses = gateway.judge().buses();
  const auto bus = buses.find(config.bus.value);
  out.set_line_away(bus != buses.end() && bus->second.line_away);
  out.set_since_us_ago(ago(gateway, counters.since));
  out.set_last_answer_us_ago(counters.ever_answered ? ago(gateway, counters.last_answer) : -1);
  out.set_polls(counters.polls);
  out.set_failures(counters.failures);
  out.set_last_error(counters.last_error);
  const auto& points = *gateway.assembly().points;
  std::uint32_t all = 0;
  std::uint32_t good = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto handle = model::PointHandle{static_cast<std::uint32_t>(i)};
    if (points.info(handle).device != config.id || points.info(handle).derived) continue;
    ++all;
    good += model::is_good(points.newest(handle).quality) ? 1U : 0U;
  }
  out.set_points(all);
  out.set_points_good(good);
}

void handle_request(const Gateway& gateway, const v1::Request& request, control::Answer answer) {
  v1::Response response;
  switch (request.request_case()) {
    case v1::Request::kStatus:
      fill_status(gateway, *response.mutable_status());
      gateway.seams().outbox.stats([&gateway, response = std::move(response),
                                    answer = std::move(answer)](const ports::OutboxStats& stats) mutable {
        fill_store(gateway, stats, *response.mutable_status()->mutable_store());
        answer(std::move(response));
      });
      return;
    case v1::Request::kDevices:
      response.mutable_devices();
      for (std::size_t i = 0; i < gateway.config().devices.size(); ++i) {
        fill_device(gateway, i, *response.mutable_devices()->add_devices());
      }
      break;
    case v1::Request::kAssets: fill_assets(gateway, request.assets().device(), response); break;
    case v1::Request::kQuality: fill_quality(gateway, request.quality().device(), response); break;
    case v1::Request::kCheckCommand:
    case v1::Request::kWrite:
    case v1::Request::kHold:
    case v1::Request::kRelease:
    case v1::Request::kHolds:  // control_commands
    case v1::Request::kBuses:
    case v1::Request::kCapture:  // control_buses
    case v1::Request::kBusRead:  // bus_loans
    case v1::Request::kAlarms:
    case v1::Request::kAlarmOrder:
    case v1::Request::kAlarmHistory:
    case v1::Request::kAlarmKpi:  // control_alarms
    case v1::Request::kAudit:     // control_audit
    case v1::Request::kConfig:    // control_config
    case v1::Request::kBaselineExport:
    case v1::Request::kBaselineImport:  // control_baselines
    case v1::Request::kPoints:
    case v1::Request::kRead:
    case v1::Request::kTime:
    case v1::Request::kVersion:
    case v1::Request::kWhy:
    case v1::Request::kCheckup:
    case v1::Request::kRules:    // control_inquiry
    case v1::Request::kHistory:  // control_history
    case v1::Request::kTail:
    case v1::Request::REQUEST_NOT_SET:
      response.set_error("this daemon does not know that request; are `wayside` and `waysided` of one version?");
      break;
  }
  answer(std::move(response));
}

}  // namespace wayside::daemon
