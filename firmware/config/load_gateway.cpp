#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "config/buses.hpp"
#include "config/devices.hpp"
#include "config/profile_index.hpp"
#include "config/rules_reader.hpp"
#include "config/services.hpp"

namespace wayside::config {
namespace {

constexpr std::size_t kAreaLevels = 4;

model::Position read_position(const Value& value) {
  MapReader map(value);
  model::Position out;
  if (const auto v = map.need("latitude")) take(out.latitude, v->number(-90, 90));
  if (const auto v = map.need("longitude")) take(out.longitude, v->number(-180, 180));
  map.finish();
  return out;
}

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

void read_time_zone(const Value& value, GatewayConfig& config) {
  const auto name = value.text();
  if (!name) return;
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '+' || c == '-';
  };
  config.time_zone = *name;
  config.time_zone_place = value.place();
  if (!std::ranges::all_of(*name, allowed)) value.expected("an IANA time zone such as Asia/Shanghai or UTC");
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
  if (const auto v = map.find("time_zone")) read_time_zone(*v, config);
  map.finish();
}

void read_services(MapReader& map, GatewayConfig& config) {
  if (const auto v = map.find("clock")) config.clock = read_clock(*v);
  if (const auto v = map.need("store")) config.store = read_store(*v);
  if (const auto v = map.find("uplink")) {
    config.uplink = read_uplink(*v);
    if (config.uplink->client_id.empty()) config.uplink->client_id = config.id.value;
  }
  if (const auto v = map.need("control")) config.control_socket = read_control(*v);
  if (const auto v = map.find("log")) config.log_level = read_log(*v);
}

void read_rule_files(const Value& list, GatewayConfig& config, Problems& problems) {
  std::vector<std::string> files;
  for (const auto& item : list.items()) {
    std::optional<std::string> path;
    std::optional<Value> parameters;
    if (item.is_map()) {
      MapReader map(item);
      if (const auto v = map.need("file")) path = v->text();
      parameters = map.find("parameters");
      map.finish();
    } else {
      path = item.text();
    }
    if (!path) continue;
    auto file = relative_to(item.place().file, *path);
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      item.problem(fmt::format("no such file: '{}'", file));
    } else if (std::ranges::find(files, file) != files.end()) {
      item.problem(fmt::format("'{}' is listed twice", file));
    } else {
      read_rules(file, config.rules, problems, parameters);
      files.push_back(std::move(file));
    }
  }
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
  if (const auto v = map.find("rules")) read_rule_files(*v, config, problems);
  map.finish();
  return config;
}

}  // namespace

Loaded<GatewayConfig> load_gateway(const std::string& file, Families families) {
  Loaded<GatewayConfig> out;
  if (const auto document = read_document(file, out.problems)) {
    auto config = read_config(*document, families, out.problems);
    if (out.problems.empty()) out.value = std::move(config);
  }
  sort_problems(out.problems);
  return out;
}

}  // namespace wayside::config
