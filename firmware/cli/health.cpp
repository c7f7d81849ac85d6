#include "cli/health.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

constexpr int kMostNamed = 5;

// "a, b, c and 4 more"
std::string named(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kMostNamed; ++i) out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNamed) out += tr_format(" and {} more", names.size() - kMostNamed);
  return out;
}

void add_polling(const control::v1::DevicesResponse& devices, const control::v1::BusesResponse& buses,
                 std::vector<Ailment>& out) {
  for (const auto& bus : buses.buses()) {
    if (bus.line_away()) {
      out.push_back({"polling", tr_format("the line of bus {} ({}) cannot be reached", bus.id(), bus.transport())});
    }
  }
  std::vector<std::string> silent;
  for (const auto& device : devices.devices()) {
    if (!device.communicating() && !device.line_away()) silent.push_back(device.id());
  }
  if (silent.empty()) return;
  out.push_back({"polling", tr_format("{} of {} devices do not answer: {}", silent.size(), devices.devices_size(),
                                      named(silent))});
}

void add_store(const control::v1::StatusResponse& status, std::vector<Ailment>& out) {
  const auto& store = status.store();
  if (status.epoch().find_first_not_of('0') == std::string::npos) {
    out.push_back({"store", tr_format("{} cannot be used: nothing is kept", store.path())});
  }
  if (store.disk_free_bytes() < store.min_free_bytes()) {
    out.push_back(
        {"store", tr_format("the disk has {} left, less than the {} that the store leaves free: the oldest "
                            "telemetry goes",
                            bytes_for_people(store.disk_free_bytes()), bytes_for_people(store.min_free_bytes()))});
  }
}

void add_uplink(const control::v1::UplinkStatus& uplink, std::vector<Ailment>& out) {
  // A gateway that only stores has no link.
  if (!uplink.broker().empty() && !uplink.up()) {
    out.push_back({"uplink", tr_format("down for {}: {}", for_people(uplink.since_us_ago()), uplink.reason())});
  }
  if (!uplink.tls_problem().empty()) out.push_back({"uplink", uplink.tls_problem()});
  if (uplink.live_held()) {
    out.push_back({"uplink", tr("telemetry is held back: the budget of the link is nearly used up")});
  }
}

}  // namespace

std::vector<Ailment> ailments(const control::v1::StatusResponse& status, const control::v1::DevicesResponse& devices,
                              const control::v1::BusesResponse& buses) {
  std::vector<Ailment> out;
  add_polling(devices, buses, out);
  add_store(status, out);
  add_uplink(status.uplink(), out);
  return out;
}

}  // namespace wayside::cli
