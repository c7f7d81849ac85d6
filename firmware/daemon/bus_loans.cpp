#include "daemon/bus_loans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "base/nearest.hpp"
#include "device/driver.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

constexpr auto kPatience = std::chrono::seconds{5};  // for its turn
constexpr std::chrono::milliseconds kShortest{10};
constexpr std::chrono::seconds kLongest{2};  // so long the polls wait for one read
constexpr auto kPause = std::chrono::minutes{5};
constexpr std::size_t kMostNoted = 256;

v1::Response error(std::string what) {
  v1::Response response;
  response.set_error(std::move(what));
  return response;
}

std::optional<device::RegisterKind> kind_of(v1::RegisterKind kind) {
  switch (kind) {
    case v1::REGISTER_KIND_COIL: return device::RegisterKind::coil;
    case v1::REGISTER_KIND_DISCRETE: return device::RegisterKind::discrete;
    case v1::REGISTER_KIND_HOLDING: return device::RegisterKind::holding;
    case v1::REGISTER_KIND_INPUT: return device::RegisterKind::input;
    default: return std::nullopt;
  }
}

// Errors (invalid_argument): what is out of its range.
base::Result<ports::BusRequest> request_of(const v1::BusReadRequest& request) {
  const auto kind = kind_of(request.kind());
  const std::uint64_t end = std::uint64_t{request.first()} + request.count();
  if (!kind || request.count() > device::max_read(*kind) || end > 65536 || request.unit() > 255) {
    return base::invalid_argument("no such read: a unit to 255, at most 125 registers or 2000 bits, to address 65535");
  }
  const std::chrono::microseconds timeout{request.timeout_us()};
  if (timeout < kShortest || timeout > kLongest) {
    return base::invalid_argument("on a gateway that works each read waits 10 ms to 2 s: --timeout");
  }
  ports::BusRequest out;
  out.unit = static_cast<std::uint8_t>(request.unit());
  out.what = device::RegisterBlock{*kind, static_cast<std::uint16_t>(request.first()),
                                   static_cast<std::uint16_t>(request.count())};
  out.timeout = timeout;
  return out;
}

void fill_line(const config::BusConfig& bus, v1::BusLine& out) {
  if (const auto* serial = std::get_if<config::SerialSettings>(&bus.transport)) {
    out.set_port(serial->port);
    out.set_baud(static_cast<std::uint32_t>(serial->baud));
    out.set_parity(std::string(1, static_cast<char>(serial->parity)));
    out.set_stop_bits(static_cast<std::uint32_t>(serial->stop_bits));
    return;
  }
  const auto& tcp = std::get<config::TcpSettings>(bus.transport);
  out.set_host(tcp.host);
  out.set_tcp_port(tcp.port);
  out.set_rtu_frames(tcp.framing == config::TcpFraming::rtu);
}

v1::BusReadEnd end_of(const base::Error& error) {
  switch (error.code) {
    case base::Errc::timeout: return v1::BUS_READ_END_SILENT;
    case base::Errc::exception_reply: return v1::BUS_READ_END_REFUSED;
    case base::Errc::protocol:
    case base::Errc::corrupt: return v1::BUS_READ_END_BROKEN;
    default: return v1::BUS_READ_END_LINE_AWAY;
  }
}

v1::Response response_of(const base::Result<ports::BusReply>& reply) {
  v1::Response response;
  auto& out = *response.mutable_bus_read();
  if (reply) {
    out.set_end(v1::BUS_READ_END_READ);
    for (const auto word : reply->words) out.add_words(word);
    return response;
  }
  const auto& why = reply.error();
  out.set_end(end_of(why));
  out.set_what(why.what);
  if (out.end() == v1::BUS_READ_END_REFUSED) out.set_exception(static_cast<std::uint32_t>(why.detail));
  return response;
}

// Of a family with frames of its own; none: the whole bus speaks Modbus.
const config::DeviceConfig* stranger(const config::GatewayConfig& config, const model::BusId& bus) {
  const auto families = device::driver_table();
  for (const auto& device : config.devices) {
    const auto family = std::ranges::find(families, device.profile.family, &device::DriverFamily::name);
    if (device.bus == bus && family != families.end() && (*family)->protocol != nullptr) return &device;
  }
  return nullptr;
}

// Errors: no such bus, or none of Modbus.
base::Result<std::size_t> find_bus(const config::GatewayConfig& config, const std::string& id) {
  const auto bus = std::ranges::find(config.buses, model::BusId{id}, &config::BusConfig::id);
  if (bus == config.buses.end()) {
    std::vector<std::string> names;
    for (const auto& each : config.buses) names.push_back(each.id.value);
    return base::invalid_argument(fmt::format("no bus '{}'{}", id, base::hint(id, names)));
  }
  if (const auto* other = stranger(config, bus->id)) {
    return base::invalid_argument(fmt::format("{} on bus '{}' speaks {}: only lines of Modbus devices can be scanned",
                                              other->id.value, id, other->profile.family));
  }
  return static_cast<std::size_t>(bus - config.buses.begin());
}

// On the bus's Scheduler.
void exchange(ports::RegisterBus& bus, const ports::BusRequest& what, base::Scheduler& core, base::Task release,
              control::Answer answer) {
  bus.transact(what, [&core, release = std::move(release),
                      answer = std::move(answer)](const base::Result<ports::BusReply>& reply) mutable {
    release();
    core.post([response = response_of(reply), answer = std::move(answer)]() mutable { answer(std::move(response)); });
  });
}

}  // namespace

void BusLoans::read(Gateway& gateway, const v1::BusReadRequest& request, const control::Peer& peer,
                    control::Answer answer) {
  const auto bus = find_bus(gateway.config(), request.bus());
  if (!bus) return answer(error(bus.error().what));
  if (request.count() == 0) {
    v1::Response response;
    fill_line(gateway.config().buses[*bus], *response.mutable_bus_read()->mutable_line());
    return answer(std::move(response));
  }
  const auto what = request_of(request);
  if (!what) return answer(error(what.error().what));
  note(gateway, request.bus(), peer.user);
  pipeline::BusJob job;
  auto& core = gateway.seams().core;
  job.expires = core.now() + kPatience;
  job.run = [&core, what = *what, answer = std::move(answer)](const base::Result<ports::RegisterBus*>& lent,
                                                              base::Task release) mutable {
    if (lent) return exchange(**lent, what, core, std::move(release), std::move(answer));
    core.post([why = lent.error().what, answer = std::move(answer)]() mutable { answer(error(why)); });
  };
  gateway.queue(*bus).submit(std::move(job));
}

void BusLoans::note(Gateway& gateway, const std::string& bus, const std::string& user) {
  const auto now = gateway.seams().core.now();
  std::erase_if(lent_, [now](const auto& entry) { return now - entry.second > kPause; });
  const bool known = lent_.contains({bus, user});
  if (known || lent_.size() < kMostNoted) lent_[{bus, user}] = now;
  if (known) return;
  gateway.judge().audit({model::AuditOrigin::local, user, "bus read", bus, std::string(model::kAuditDone),
                         "units are looked for, or registers read, between the polls", "", ""});
}

}  // namespace wayside::daemon
