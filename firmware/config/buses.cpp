#include "config/buses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.hpp"

namespace wayside::config {
namespace {

constexpr std::array kBauds{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800};
constexpr std::array kParities{
    Choice<Parity>{"none", Parity::none},
    Choice<Parity>{"even", Parity::even},
    Choice<Parity>{"odd", Parity::odd},
};

constexpr std::array kRs485{
    Choice<Rs485>{"none", Rs485::none},
    Choice<Rs485>{"kernel", Rs485::kernel},
    Choice<Rs485>{"auto", Rs485::automatic},
};
constexpr std::array kFramings{
    Choice<TcpFraming>{"modbus", TcpFraming::modbus},
    Choice<TcpFraming>{"rtu", TcpFraming::rtu},
};

constexpr int kMostSilentAirtime = 50;  // per cent: beyond it those that answer would not get the larger part

void read_baud(const Value& value, int& baud) {
  const auto number = value.integer(kBauds.front(), kBauds.back());
  if (!number) return;
  baud = static_cast<int>(*number);
  if (std::ranges::find(kBauds, baud) == kBauds.end()) {
    value.expected(fmt::format("one of {}", fmt::join(kBauds, ", ")));
  }
}

SerialSettings read_serial(const Value& value) {
  MapReader map(value);
  SerialSettings out;
  if (const auto v = map.need("port")) {
    if (const auto port = v->text()) out.port = relative_to(v->place().file, *port);
  }
  if (const auto v = map.find("baud")) read_baud(*v, out.baud);
  if (const auto v = map.find("parity")) take(out.parity, v->choice(kParities));
  if (const auto v = map.find("stop_bits")) take(out.stop_bits, v->integer(1, 2));
  if (const auto v = map.find("rs485")) take(out.rs485, v->choice(kRs485));
  if (const auto v = map.find("echo")) take(out.echo, v->truth());
  map.finish();
  return out;
}

TcpSettings read_tcp(const Value& value) {
  MapReader map(value);
  TcpSettings out;
  if (const auto v = map.need("host")) take(out.host, v->text());
  if (const auto v = map.find("port")) take(out.port, v->integer(1, 65535));
  if (const auto v = map.find("framing")) take(out.framing, v->choice(kFramings));
  map.finish();
  return out;
}

// What two buses must not share.
std::string endpoint(const BusConfig& bus) {
  if (const auto* serial = std::get_if<SerialSettings>(&bus.transport)) {
    return serial->port.empty() ? "" : "serial port " + serial->port;
  }
  const auto& tcp = std::get<TcpSettings>(bus.transport);
  return tcp.host.empty() ? "" : fmt::format("TCP endpoint {}:{}", tcp.host, tcp.port);
}

std::optional<BusConfig> read_bus(const Value& value) {
  MapReader map(value);
  BusConfig bus;
  bus.place = value.place();
  if (const auto v = map.need("id")) {
    if (auto id = v->id()) bus.id = model::BusId{*std::move(id)};
  }
  const auto serial = map.find("serial");
  const auto tcp = map.find("tcp");
  if (serial) bus.transport = read_serial(*serial);
  if (tcp) bus.transport = read_tcp(*tcp);
  if (const auto v = map.find("silent_airtime")) take(bus.silent_airtime, v->integer(1, kMostSilentAirtime));
  if (value.is_map() && serial.has_value() == tcp.has_value()) {
    value.problem("a bus needs one of 'serial' and 'tcp'");
  }
  map.finish();
  if (bus.id.empty()) return std::nullopt;
  return bus;
}

void check_twins(const Value& value, const BusConfig& bus, const std::vector<BusConfig>& others) {
  for (const auto& other : others) {
    const auto name = endpoint(bus);
    if (name.empty() || name != endpoint(other)) continue;
    value.problem(fmt::format("bus '{}' has the {} of bus '{}' (line {}): put their devices on one bus", bus.id.value,
                              name, other.id.value, other.place.line));
  }
}

}  // namespace

std::vector<BusConfig> read_buses(const Value& list) {
  std::vector<BusConfig> out;
  for (const auto& item : list.items()) {
    auto bus = read_bus(item);
    if (!bus) continue;
    const auto twin = std::ranges::find(out, bus->id, &BusConfig::id);
    if (twin != out.end()) {
      item.problem(fmt::format("bus id '{}' stands twice; the first is on line {}", bus->id.value, twin->place.line));
      continue;
    }
    check_twins(item, *bus, out);
    out.push_back(*std::move(bus));
  }
  return out;
}

}  // namespace wayside::config
