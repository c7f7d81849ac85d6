#include "config/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/buses.hpp"
#include "config/commands.hpp"
#include "config/points.hpp"

namespace wayside::config {
namespace {

constexpr std::int64_t kLastSerialUnit = 247;  // Modbus over serial line V1.02, 2.2; 0 is the broadcast
constexpr std::int64_t kLastTcpUnit = 255;     // Modbus messaging on TCP/IP V1.0b, 4.4.2.3

struct Site {
  const std::vector<BusConfig>& buses;
  const model::Responsibility& owner;
  ProfileIndex& profiles;
  Families families;
};

const BusConfig* read_bus(const Value& value, const Site& site, DeviceConfig& device) {
  const auto name = value.text();
  if (!name) return nullptr;
  device.bus = model::BusId{*name};
  const auto at = std::ranges::find(site.buses, device.bus, &BusConfig::id);
  if (at != site.buses.end()) return &*at;
  std::vector<std::string> names;
  for (const auto& bus : site.buses) names.push_back(bus.id.value);
  value.unknown("bus", names);
  return nullptr;
}

const device::DriverFamily* family_of(const DeviceConfig& device, Families families) {
  const auto at = std::ranges::find(families, device.profile.family, &device::DriverFamily::name);
  return at == families.end() ? nullptr : *at;
}

bool speaks_modbus(const DeviceConfig& device, Families families) {
  const auto* family = family_of(device, families);
  return family == nullptr || family->protocol == nullptr;
}

void read_unit(MapReader& map, const BusConfig* bus, const Site& site, DeviceConfig& device) {
  if (!speaks_modbus(device, site.families)) {
    if (const auto v = map.find("unit")) {
      v->problem(fmt::format("family '{}' is not Modbus and has no 'unit': its devices are told apart by their options",
                             device.profile.family));
    }
    return;
  }
  const bool serial = bus != nullptr && is_serial(*bus);
  if (const auto v = map.need("unit")) {
    take(device.unit, serial ? v->integer(1, kLastSerialUnit) : v->integer(0, kLastTcpUnit));
  }
}

// True when the profile is there and in order.
bool read_named_profile(const Value& value, ProfileIndex& profiles, DeviceConfig& device) {
  const auto name = value.text();
  if (!name) return false;
  if (!profiles.has(*name)) {
    value.unknown("profile", profiles.names());
    return false;
  }
  const auto* profile = profiles.find(*name);
  if (profile == nullptr) return false;
  device.profile = *profile;
  device.period = profile->period;
  return true;
}

// Pairs of a table and other lists as one text: "0 12000, 250 12240". What they mean is the family's business.
std::optional<std::string> option_text(const Value& option) {
  if (!option.is_list()) return option.scalar();
  std::string out;
  for (const auto& item : option.items()) {
    if (!out.empty()) out += item.is_list() ? ", " : " ";
    if (!item.is_list()) {
      if (const auto word = item.scalar()) out += *word;
      continue;
    }
    std::string row;
    for (const auto& cell : item.items()) {
      if (const auto word = cell.scalar()) row += (row.empty() ? "" : " ") + *word;
    }
    out += row;
  }
  return out;
}

void read_options(const Value& value, Families families, DeviceConfig& device) {
  const auto known = option_names(device.profile, families);
  for (const auto& [key, option] : MapReader(value).entries()) {
    if (std::ranges::find(known, key.raw()) == known.end()) key.unknown("option", known);
    if (auto word = option_text(option)) device.options.insert_or_assign(key.raw(), *std::move(word));
  }
}

void read_responsible(MapReader& map, const Site& site, DeviceConfig& device) {
  device.responsible = site.owner;
  if (const auto v = map.find("area")) device.responsible.area = read_area(*v);
  if (const auto v = map.find("department")) take(device.responsible.department, v->text());
}

std::optional<DeviceConfig> read_device(const Value& value, const Site& site) {
  MapReader map(value);
  DeviceConfig device;
  device.place = value.place();
  if (const auto v = map.need("id")) {
    if (auto id = v->id()) device.id = model::DeviceId{*std::move(id)};
  }
  const auto bus = map.need("bus");
  const auto* on = bus ? read_bus(*bus, site, device) : nullptr;
  read_profile_and_options(map, site.profiles, site.families, device);
  read_unit(map, on, site, device);
  if (const auto v = map.find("period")) take(device.period, v->duration(kShortestPeriod, kLongestPeriod));
  if (const auto v = map.find("labels")) read_labels(*v, device);
  read_responsible(map, site, device);
  map.finish();
  if (device.id.empty()) return std::nullopt;
  return device;
}

constexpr std::string_view kAnyAddress = "auto";

// The option `address` of a device of a frame protocol: its own, the profile's or the family's.
std::string address_of(const DeviceConfig& device, Families families) {
  if (const auto own = device.options.find("address"); own != device.options.end()) return own->second;
  const auto& defaults = device.profile.defaults;
  if (const auto given = defaults.find("address"); given != defaults.end()) return given->second;
  const auto family = std::ranges::find(families, device.profile.family, &device::DriverFamily::name);
  if (family == families.end()) return "";
  const auto option = std::ranges::find((*family)->options, "address", &device::OptionSpec::name);
  return option == (*family)->options.end() ? "" : std::string(option->fallback);
}

// "unit 7" where both would answer to the same request; else "". Devices of a frame protocol have their address in an
// option named `address`; with one that has none the bus is their own.
std::string shared_address(const DeviceConfig& device, const DeviceConfig& other, Families families) {
  const bool modbus = speaks_modbus(device, families);
  if (device.bus.empty() || other.bus != device.bus || speaks_modbus(other, families) != modbus) return "";
  if (modbus) return other.unit == device.unit ? fmt::format("unit {}", device.unit) : "";
  if (device.profile.family != other.profile.family) return "";
  const auto mine = address_of(device, families);
  const auto theirs = address_of(other, families);
  if (mine.empty() || theirs.empty()) return "";
  // Any device answers to it: with a second one on the line nobody knows which has been read.
  if (mine == kAnyAddress || theirs == kAnyAddress) return "address auto (which any device of the line answers to)";
  return mine == theirs ? fmt::format("address {}", mine) : "";
}

void check_twins(const Value& value, const DeviceConfig& device, const std::vector<DeviceConfig>& others,
                 Families families) {
  for (const auto& other : others) {
    if (other.id == device.id) {
      value.problem(
          fmt::format("device id '{}' stands twice; the first is on line {}", device.id.value, other.place.line));
    } else if (const auto address = shared_address(device, other, families); !address.empty()) {
      value.problem(fmt::format("{} on bus '{}' is taken already by device '{}' (line {})", address, device.bus.value,
                                other.id.value, other.place.line));
    }
  }
}

// A Modbus TCP gateway passes whole Modbus requests on and nothing else; bytes as on the line need a serial server.
void check_mix(const Value& value, const DeviceConfig& device, const std::vector<DeviceConfig>& others,
               const Site& site) {
  const auto bus = std::ranges::find(site.buses, device.bus, &BusConfig::id);
  const auto* tcp = bus == site.buses.end() ? nullptr : std::get_if<TcpSettings>(&bus->transport);
  if (tcp == nullptr || tcp->framing != TcpFraming::modbus) return;
  const bool modbus = speaks_modbus(device, site.families);
  const auto other = std::ranges::find_if(others, [&](const DeviceConfig& one) {
    return one.bus == device.bus && speaks_modbus(one, site.families) != modbus;
  });
  if (other == others.end()) return;
  value.problem(
      fmt::format("family '{}' has frames of its own, which do not go over Modbus TCP: it cannot share bus "
                  "'{}' with the {} device '{}' (line {}); a serial server needs 'framing: rtu', "
                  "anything else a bus of its own",
                  (modbus ? *other : device).profile.family, device.bus.value,
                  modbus ? other->profile.family : "Modbus", other->id.value, other->place.line));
}

}  // namespace

void read_labels(const Value& value, DeviceConfig& device) {
  device.labels = value.scalars();
  const auto refuse = [&value](const std::string& name) {
    value.problem(fmt::format("label '{}' is set by the gateway; choose another name", name));
  };
  for (const auto* reserved : {"device", "family"}) {
    if (device.labels.contains(reserved)) refuse(reserved);
  }
  for (const auto& group : device.profile.groups) {
    if (device.labels.contains(group.name)) refuse(group.name);
  }
}

void read_profile_and_options(MapReader& map, ProfileIndex& profiles, Families families, DeviceConfig& device) {
  const auto profile = map.need("profile");
  const bool usable = profile && read_named_profile(*profile, profiles, device);
  device.options = device.profile.defaults;
  const auto options = map.find("options");
  const auto commands = map.find("commands");
  if (!usable) return;  // without it any option would look wrong
  if (options) read_options(*options, families, device);
  const auto points = device::expand(device.profile, device.options);
  if (!points) {
    map.self().problem(points.error().what);
  } else if (commands) {
    device.commands = read_commands(*commands, *points, speaks_modbus(device, families));
  }
}

model::Area read_area(const Value& value) {
  MapReader map(value);
  model::Area area;
  if (const auto v = map.need("city")) take(area.city, v->id());
  if (const auto v = map.need("district")) take(area.district, v->id());
  if (const auto v = map.need("street")) take(area.street, v->id());
  if (const auto v = map.need("grid")) take(area.grid, v->id());
  map.finish();
  return area;
}

std::vector<DeviceConfig> read_devices(const Value& list, const std::vector<BusConfig>& buses,
                                       const model::Responsibility& owner, ProfileIndex& profiles, Families families) {
  const Site site{buses, owner, profiles, families};
  std::vector<DeviceConfig> out;
  for (const auto& item : list.items()) {
    auto device = read_device(item, site);
    if (!device) continue;
    check_twins(item, *device, out, families);
    check_mix(item, *device, out, site);
    out.push_back(*std::move(device));
  }
  return out;
}

}  // namespace wayside::config
