#include "cli/bus_target.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <utility>

#include "cli/translation.hpp"

#include "base/log.hpp"
#include "base/nearest.hpp"
#include "config/load.hpp"

namespace wayside::cli {
namespace {

base::Result<Transport> endpoint_of(const TargetOptions& options) {
  config::TcpSettings out;
  out.framing = options.rtu_frames ? config::TcpFraming::rtu : config::TcpFraming::modbus;
  const auto colon = options.tcp.rfind(':');
  // An address of IPv6 without brackets has colons of its own and no port.
  const bool bare_v6 = options.tcp.find(':') != colon && options.tcp.front() != '[';
  const bool has_port = colon != std::string::npos && !bare_v6 && options.tcp.back() != ']';
  out.host = has_port ? options.tcp.substr(0, colon) : options.tcp;
  if (out.host.size() > 2 && out.host.front() == '[') out.host = out.host.substr(1, out.host.size() - 2);
  if (!has_port) return Transport{out};
  const auto* end = options.tcp.data() + options.tcp.size();
  const auto [rest, error] = std::from_chars(options.tcp.data() + colon + 1, end, out.port);
  if (error == std::errc{} && rest == end && out.port > 0 && !out.host.empty()) return Transport{out};
  return base::invalid_argument(tr_format("--tcp {}: not HOST or HOST:PORT", options.tcp));
}

bool is_modbus(const config::DeviceConfig& device) {
  const auto families = device::driver_table();
  const auto family = std::ranges::find(families, device.profile.family, &device::DriverFamily::name);
  return family == families.end() || (*family)->protocol == nullptr;
}

base::Result<Transport> bus_in_file(const TargetOptions& options) {
  const auto loaded = config::load_gateway(options.config, device::driver_table());
  if (!loaded.value) {
    return base::invalid_argument(
        tr_format("{} (`wayside config check {}` tells all)", loaded.problems.front().message(), options.config));
  }
  const auto& site = *loaded.value;
  const auto bus = std::ranges::find(site.buses, model::BusId{options.bus}, &config::BusConfig::id);
  if (bus == site.buses.end()) {
    std::vector<std::string> names;
    for (const auto& each : site.buses) names.push_back(each.id.value);
    return base::invalid_argument(
        tr_format("{}: no bus '{}'{}", options.config, options.bus, base::hint(options.bus, names)));
  }
  for (const auto& device : site.devices) {
    if (device.bus != bus->id || is_modbus(device)) continue;
    return base::invalid_argument(tr_format("{} on bus '{}' speaks {}: only lines of Modbus devices can be scanned",
                                            device.id.value, options.bus, device.profile.family));
  }
  return bus->transport;
}

}  // namespace

void add_target_options(CLI::App& sub, TargetOptions& options) {
  sub.add_option("--port", options.port, tr("A serial port that is no bus of a running gateway"));
  sub.add_option("--tcp", options.tcp, tr("An endpoint that is no bus: HOST or HOST:PORT"));
  sub.add_flag("--rtu-frames", options.rtu_frames, tr("With --tcp: a serial server that hands the bytes through"));
  sub.add_option("--config", options.config, tr("Without a daemon: the gateway.yaml that has the bus"));
}

base::Result<std::unique_ptr<FieldLine>> open_target(const Common& common, const TargetOptions& options, int stop) {
  // What the line has to say is told here in sentences.
  base::log::set_level(base::log::Level::error);
  const int named = static_cast<int>(!options.bus.empty()) + static_cast<int>(!options.port.empty()) +
                    static_cast<int>(!options.tcp.empty());
  if (named != 1) return base::invalid_argument(tr("name one line: BUS, --port DEV or --tcp HOST[:PORT]"));
  if (!options.port.empty()) {
    config::SerialSettings serial;
    serial.port = options.port;
    return own_line(serial, stop);
  }
  if (options.tcp.empty() && options.config.empty()) return lent_line(common.socket, options.bus, stop);
  auto transport = options.tcp.empty() ? bus_in_file(options) : endpoint_of(options);
  if (!transport) return transport.error();
  return own_line(*std::move(transport), stop);
}

}  // namespace wayside::cli
