#include "daemon/control_checkup.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

std::string absolute(const std::string& path) {
  if (path.empty()) return path;
  std::error_code error;
  const auto full = std::filesystem::absolute(path, error);
  return error ? path : full.lexically_normal().string();
}

// The files the configuration was read from: itself, and those of its rules.
std::set<std::string> files_of(const config::GatewayConfig& config) {
  std::set<std::string> out{config.file};
  for (const auto& rule : config.rules) out.insert(rule.place.file);
  out.erase("");
  return out;
}

// By the time of the last change of each, against the start on the same clock. A file that is gone has changed too.
void add_changed(const Gateway& gateway, v1::CheckupResponse& out) {
  constexpr std::int64_t kSlack = 1'000'000;  // times of files are coarse
  const auto& clock = gateway.seams().clock;
  const auto start = clock.wall_now() - (clock.boot_now() - gateway.started());
  for (const auto& file : files_of(gateway.config())) {
    struct stat now {};
    const bool gone = ::stat(file.c_str(), &now) != 0;
    const auto changed = std::int64_t{now.st_ctim.tv_sec} * 1'000'000 + now.st_ctim.tv_nsec / 1000;
    if (gone || changed > start.time_since_epoch().count() + kSlack) out.add_changed_files(absolute(file));
  }
}

std::string address_of(const config::DeviceConfig& device) {
  const auto address = device.options.find("address");
  return address != device.options.end() ? "address " + address->second : fmt::format("unit {}", device.unit);
}

void add_doubles(const Gateway& gateway, const model::BusId& bus, v1::BusUse& out) {
  const auto& devices = gateway.config().devices;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    for (std::size_t j = i + 1; j < devices.size(); ++j) {
      if (devices[i].bus != bus || devices[j].bus != bus || address_of(devices[i]) != address_of(devices[j])) continue;
      out.add_doubles(
          fmt::format("{} and {} both have {}", devices[i].id.value, devices[j].id.value, address_of(devices[i])));
    }
  }
}

std::chrono::microseconds used(const Gateway& gateway, const model::BusId& bus) {
  std::chrono::microseconds sum{};
  const auto& devices = gateway.config().devices;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (devices[i].bus == bus) sum += gateway.judge().device(i).airtime;
  }
  return sum;
}

}  // namespace

void fill_checkup(const Gateway& gateway, v1::CheckupResponse& out) {
  const auto& config = gateway.config();
  if (config.uplink) {
    for (const auto& broker : config.uplink->brokers) {
      auto& one = *out.add_brokers();
      one.set_host(broker.host);
      one.set_port(broker.port);
      one.set_tls(broker.tls);
    }
    out.set_ca_file(absolute(config.uplink->tls.ca_file));
    out.set_certificate_file(absolute(config.uplink->tls.certificate_file));
    out.set_key_file(absolute(config.uplink->tls.key_file));
    out.set_revocation(config.uplink->tls.revocation);
  }
  out.set_store_path(absolute(config.store.path));
  out.set_config_file(absolute(config.file));
  add_changed(gateway, out);
  const auto up = gateway.seams().clock.boot_now() - gateway.started();
  for (const auto& bus : config.buses) {
    auto& one = *out.add_buses();
    one.set_bus(bus.id.value);
    if (const auto* serial = std::get_if<config::SerialSettings>(&bus.transport)) one.set_port(absolute(serial->port));
    const auto spent = used(gateway, bus.id);
    one.set_used_us(spent.count());
    if (up.count() > 0) {
      one.set_used_per_mille(
          static_cast<std::uint32_t>(std::clamp<std::int64_t>(spent.count() * 1000 / up.count(), 0, 1000)));
    }
    add_doubles(gateway, bus.id, one);
  }
}

}  // namespace wayside::daemon
