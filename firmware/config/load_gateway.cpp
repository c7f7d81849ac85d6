#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "config/buses.hpp"
#include "config/devices.hpp"
#include "config/profile_index.hpp"
#include "config/rule_limits.hpp"
#include "config/services.hpp"
#include "config/uplink.hpp"

namespace wayside::config {
namespace {

constexpr std::size_t kAreaLevels = 4;

std::vector<std::string> read_area_names(const Value& list) {
  std::vector<std::string> out;
  const auto items = list.items();
  for (const auto& item : items) {
    if (auto name = item.text()) out.push_back(*std::move(name));
  }
  if (items.size() != kAreaLevels) {
    list.problem(fmt::format("expected the names of city, district, street and grid, found {} items", items.size()));
  }
  return out;
}

void read_gateway(const Value& value, GatewayConfig& config) {
  MapReader map(value);
  if (const auto v = map.need("id")) {
    if (auto id = v->id()) config.id = model::GatewayId{*std::move(id)};
  }
  if (const auto v = map.need("area")) config.responsible.area = read_area(*v);
  if (const auto v = map.find("area_names")) config.area_names = read_area_names(*v);
  if (const auto v = map.need("department")) take(config.responsible.department, v->text());
  if (const auto v = map.find("position")) config.position = read_position(*v);
  config.time_zone = "UTC";
  if (const auto v = map.find("time_zone")) read_time_zone(*v, config.time_zone, config.time_zone_place);
  map.finish();
}

void read_services(MapReader& map, GatewayConfig& config) {
  if (const auto v = map.find("clock")) config.clock = read_clock(*v);
  if (const auto v = map.need("store")) config.store = read_store(*v);
  if (const auto v = map.find("audit")) config.audit = read_audit(*v);
  if (config.audit.key_file.empty()) {
    config.audit.key_file = (std::filesystem::path(config.store.path).parent_path() / "audit.key").string();
  }
  if (const auto v = map.find("uplink")) {
    config.uplink = read_uplink(*v);
    if (config.uplink->client_id.empty()) config.uplink->client_id = config.id.value;
    auto& sparkplug = config.uplink->sparkplug;
    if (sparkplug && sparkplug->node.empty()) sparkplug->node = config.id.value;
  }
  if (const auto v = map.need("control")) config.control_socket = read_control(*v);
  if (const auto v = map.find("metrics")) config.metrics = read_metrics(*v);
  if (const auto v = map.find("log")) config.log_level = read_log(*v);
  if (const auto v = map.find("health")) config.health_period = read_health(*v);
}

void read_field(MapReader& map, GatewayConfig& config, Families families, Problems& problems) {
  ProfileIndex profiles(families, problems);
  if (const auto list = map.find("profiles")) {
    for (const auto& item : list->items()) profiles.add(item);
  }
  if (const auto v = map.need("buses")) config.buses = read_buses(*v);
  if (const auto v = map.need("devices")) {
    config.devices = read_devices(*v, config.buses, config.responsible, profiles, families);
  }
}

GatewayConfig read_config(const Document& document, Families families, Problems& problems) {
  GatewayConfig config;
  config.file = document.file;
  MapReader map(Value(document, problems));
  if (const auto v = map.need("gateway")) read_gateway(*v, config);
  read_services(map, config);
  read_field(map, config, families, problems);
  if (const auto v = map.find("rules")) read_rules_section(*v, config, problems);
  if (const auto v = map.find("alarms")) config.alarms = read_alarms(*v);
  map.finish();
  return config;
}

}  // namespace

Loaded<GatewayConfig> load_gateway(const std::string& file, Families families, const Files& files) {
  Loaded<GatewayConfig> out;
  if (const auto document = read_document(file, out.problems, files)) {
    auto config = read_config(*document, families, out.problems);
    if (out.problems.empty()) out.value = std::move(config);
  }
  sort_problems(out.problems);
  return out;
}

}  // namespace wayside::config
