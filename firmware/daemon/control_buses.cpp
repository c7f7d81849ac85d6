#include "daemon/control_buses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/nearest.hpp"
#include "bus/pcap.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

std::string transport_of(const config::BusConfig& bus) {
  if (const auto* serial = std::get_if<config::SerialSettings>(&bus.transport)) {
    return fmt::format("{} {} 8{}{}", serial->port, serial->baud, static_cast<char>(serial->parity), serial->stop_bits);
  }
  const auto& tcp = std::get<config::TcpSettings>(bus.transport);
  const char* framing = tcp.framing == config::TcpFraming::rtu ? " (RTU frames)" : "";
  return fmt::format("{}:{}{}", tcp.host, tcp.port, framing);
}

void fill_counters(const ports::BusCounters& counters, v1::Bus& out) {
  out.set_transactions(counters.transactions);
  out.set_timeouts(counters.timeouts);
  out.set_checksum_errors(counters.checksum_errors);
  out.set_late_replies(counters.late_replies);
  out.set_foreign_replies(counters.foreign_replies);
  out.set_noise_bytes(counters.noise_bytes);
  out.set_exceptions(counters.exceptions);
  out.set_opens(counters.opens);
  out.set_failed_opens(counters.failed_opens);
}

}  // namespace

void fill_bus(const Gateway& gateway, std::size_t index, v1::Bus& out) {
  const auto& bus = gateway.config().buses[index];
  out.set_id(bus.id.value);
  out.set_transport(transport_of(bus));
  std::uint32_t devices = 0;
  std::uint32_t communicating = 0;
  for (std::size_t i = 0; i < gateway.config().devices.size(); ++i) {
    if (gateway.config().devices[i].bus != bus.id) continue;
    ++devices;
    if (gateway.judge().device(i).communicating) ++communicating;
  }
  out.set_devices(devices);
  out.set_devices_communicating(communicating);
  const auto found = gateway.judge().buses().find(bus.id.value);
  if (found == gateway.judge().buses().end()) return;
  const auto& statistics = found->second;
  out.set_line_away(statistics.line_away);
  out.set_dead_per_mille(statistics.dead_per_mille);
  out.set_parked_points(statistics.parked_points);
  out.set_start_p99_us(statistics.start_p99.count());
}

namespace {

void answer_buses(Gateway& gateway, control::Answer answer) {
  struct Pending {
    v1::Response response;
    control::Answer answer;
    std::size_t left = 0;
  };
  auto pending = std::make_shared<Pending>();
  pending->answer = std::move(answer);
  auto& out = *pending->response.mutable_buses();
  pending->left = gateway.config().buses.size();
  if (pending->left == 0) return pending->answer(std::move(pending->response));
  for (std::size_t i = 0; i < gateway.config().buses.size(); ++i) {
    fill_bus(gateway, i, *out.add_buses());
    const auto seam = gateway.bus_seam(i);
    seam.home.post([&gateway, seam, i, pending] {
      gateway.seams().core.post([pending, i, counters = seam.bus.counters()] {
        fill_counters(counters, *pending->response.mutable_buses()->mutable_buses(static_cast<int>(i)));
        if (--pending->left == 0) pending->answer(std::move(pending->response));
      });
    });
  }
}

// --- captures ------------------------------------------------------------------------------------------------------

// What of a bus must not be shown: sensitive values never leave with a capture.
struct Secrets {
  bool any = false;
  bool all = false;                 // of a frame protocol: nobody here knows where in the frame the address stands
  std::vector<std::uint8_t> units;  // of Modbus
};

Secrets secrets_of(const Gateway& gateway, const model::BusId& bus) {
  Secrets out;
  const auto& points = *gateway.assembly().points;
  for (const auto& device : gateway.config().devices) {
    if (device.bus != bus) continue;
    const bool secret = std::ranges::any_of(points.infos(), [&device](const model::PointInfo& point) {
      return point.device == device.id && point.data_class == model::DataClass::sensitive;
    });
    if (!secret) continue;
    out.any = true;
    out.units.push_back(device.unit);
    const auto& profile = device.profile.points;
    out.all = out.all || std::ranges::any_of(profile, [](const auto& point) { return !point.locator.empty(); });
  }
  return out;
}

void redact(std::vector<ports::CapturedFrame>& frames, const Secrets& secrets, bus::CaptureKind kind) {
  if (!secrets.any) return;
  const std::size_t unit_at = kind == bus::CaptureKind::modbus_tcp ? 6 : 0;
  for (auto& frame : frames) {
    const bool known = !secrets.all && frame.bytes.size() > unit_at && frame.note.empty();
    if (known && std::ranges::find(secrets.units, frame.bytes[unit_at]) == secrets.units.end()) continue;
    const std::size_t keep = known ? unit_at + 2 : 0;
    std::fill(frame.bytes.begin() + static_cast<std::ptrdiff_t>(std::min(keep, frame.bytes.size())), frame.bytes.end(),
              std::uint8_t{0});
    frame.note += frame.note.empty() ? "redacted" : ", redacted";
  }
}

bus::CaptureKind kind_of(const Gateway& gateway, const config::BusConfig& bus) {
  const auto uses_items = [&bus](const config::DeviceConfig& device) {
    const auto& points = device.profile.points;
    return device.bus == bus.id && std::ranges::any_of(points, [](const auto& p) { return !p.locator.empty(); });
  };
  if (std::ranges::any_of(gateway.config().devices, uses_items)) return bus::CaptureKind::other;
  const auto* tcp = std::get_if<config::TcpSettings>(&bus.transport);
  const bool mbap = tcp != nullptr && tcp->framing == config::TcpFraming::modbus;
  return mbap ? bus::CaptureKind::modbus_tcp : bus::CaptureKind::modbus_rtu;
}

v1::Response capture_of(const Gateway& gateway, const config::BusConfig& bus,
                        std::vector<ports::CapturedFrame> frames) {
  const auto kind = kind_of(gateway, bus);
  redact(frames, secrets_of(gateway, bus.id), kind);
  v1::Response response;
  auto& out = *response.mutable_capture();
  const auto now = gateway.seams().clock.boot_now();
  const base::WallTime zero = gateway.seams().clock.wall_now() - now.time_since_epoch();
  const auto file = bus::to_pcap(frames, kind, zero);
  out.set_pcap(file.data(), file.size());
  for (const auto& frame : frames) {
    auto& one = *out.add_frames();
    one.set_us_ago((now - frame.at).count());
    one.set_sent(frame.sent);
    one.set_bytes(frame.bytes.data(), frame.bytes.size());
    one.set_note(frame.note);
  }
  return response;
}

void answer_capture(Gateway& gateway, const std::string& id, control::Answer answer) {
  const auto& buses = gateway.config().buses;
  const auto bus = std::ranges::find(buses, model::BusId{id}, &config::BusConfig::id);
  if (bus == buses.end()) {
    std::vector<std::string> names;
    for (const auto& each : buses) names.push_back(each.id.value);
    v1::Response response;
    response.set_error(fmt::format("no bus '{}'{}", id, base::hint(id, names)));
    return answer(std::move(response));
  }
  const auto seam = gateway.bus_seam(static_cast<std::size_t>(bus - buses.begin()));
  seam.home.post([&gateway, seam, bus, answer = std::move(answer)]() mutable {
    gateway.seams().core.post([&gateway, bus, frames = seam.bus.captured(), answer = std::move(answer)]() mutable {
      answer(capture_of(gateway, *bus, std::move(frames)));
    });
  });
}

}  // namespace

void ask_bus(Gateway& gateway, std::size_t bus, BusTold told) {
  const auto seam = gateway.bus_seam(bus);
  seam.home.post([&gateway, seam, bus, told = std::move(told)]() mutable {
    gateway.seams().core.post([&gateway, bus, counters = seam.bus.counters(), frames = seam.bus.captured(),
                               told = std::move(told)]() mutable {
      const auto& config = gateway.config().buses[bus];
      const auto kind = kind_of(gateway, config);
      redact(frames, secrets_of(gateway, config.id), kind);
      v1::Bus out;
      fill_bus(gateway, bus, out);
      fill_counters(counters, out);
      told(std::move(out), std::move(frames), kind);
    });
  });
}

bool is_about_buses(const v1::Request& request) { return request.has_buses() || request.has_capture(); }

void handle_buses(Gateway& gateway, const v1::Request& request, control::Answer answer) {
  if (request.has_buses()) return answer_buses(gateway, std::move(answer));
  answer_capture(gateway, request.capture().bus(), std::move(answer));
}

}  // namespace wayside::daemon
