#include "site/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace wayside::site {
namespace {

using Microseconds = std::chrono::microseconds;

std::string text(const std::string& value) { return value.empty() ? "none" : value; }
std::string text(bool value) { return value ? "yes" : "no"; }
template <class T>
  requires std::is_integral_v<T>
std::string text(T value) {
  return std::to_string(value);
}
std::string text(Microseconds span) {
  if (span.count() % 60'000'000 == 0 && span.count() != 0) return fmt::format("{}m", span.count() / 60'000'000);
  if (span.count() % 1'000'000 == 0) return fmt::format("{}s", span.count() / 1'000'000);
  return fmt::format("{}ms", static_cast<double>(span.count()) / 1000);
}

std::string text(const device::Profile& profile) { return fmt::format("{}@{}", profile.name, profile.version); }

std::string text(const config::SerialSettings& line) {
  return fmt::format("{} {} 8{}{}", line.port, line.baud, static_cast<char>(line.parity), line.stop_bits);
}
std::string text(const config::TcpSettings& endpoint) {
  return fmt::format("{}:{}{}", endpoint.host, endpoint.port,
                     endpoint.framing == config::TcpFraming::rtu ? " (rtu)" : "");
}
std::string text(const std::variant<config::SerialSettings, config::TcpSettings>& transport) {
  return std::visit([](const auto& settings) { return text(settings); }, transport);
}

// The parts of one thing that differ, one after another.
class Details {
 public:
  // With the values where they can be told in a word.
  template <class T>
  Details& value(std::string_view name, const T& from, const T& to) {
    if (from == to) return *this;
    const auto was = text(from);
    const auto is = text(to);
    return add(was == is ? std::string(name) : fmt::format("{} {} -> {}", name, was, is));
  }
  template <class T>
  Details& part(std::string_view name, const T& from, const T& to) {
    return from == to ? *this : add(std::string(name));
  }
  // Whatever was not named yet.
  Details& rest(bool same) {
    if (!same && all_.empty()) add("settings");
    return *this;
  }
  [[nodiscard]] const std::string& all() const { return all_; }

 private:
  Details& add(const std::string& part) {
    all_ += all_.empty() ? part : ", " + part;
    return *this;
  }
  std::string all_;
};

std::string details(const config::BusConfig& from, const config::BusConfig& to) {
  return Details()
      .value("line", from.transport, to.transport)
      .value("silent_airtime", from.silent_airtime, to.silent_airtime)
      .rest(from == to)
      .all();
}

std::string details(const config::DeviceConfig& from, const config::DeviceConfig& to) {
  Details out;
  out.value("bus", from.bus.value, to.bus.value).value("unit", int{from.unit}, int{to.unit});
  if (text(from.profile) != text(to.profile)) {
    out.value("profile", from.profile, to.profile);
  } else {
    out.part("the registers of profile " + text(to.profile), from.profile, to.profile);
  }
  return out.value("period", from.period, to.period)
      .part("options", from.options, to.options)
      .part("labels", from.labels, to.labels)
      .value("area", from.responsible.area.path(), to.responsible.area.path())
      .value("department", from.responsible.department, to.responsible.department)
      .part("commands", from.commands, to.commands)
      .rest(from == to)
      .all();
}

std::string details(const model::RuleSpec& from, const model::RuleSpec& to) {
  return Details()
      .part("expr", from.expr, to.expr)
      .part("clear", from.clear, to.clear)
      .part("parameters", from.parameters, to.parameters)
      .part("match", from.match, to.match)
      .value("for", from.hold_for, to.hold_for)
      .value("keep_firing_for", from.keep_firing_for, to.keep_firing_for)
      .value("severity", std::string(model::to_string(from.severity)), std::string(model::to_string(to.severity)))
      .value("department", from.department, to.department)
      .value("interval", from.interval, to.interval)
      .value("acknowledge", from.acknowledge, to.acknowledge)
      .value("latch", from.latch, to.latch)
      .part("actions", from.actions, to.actions)
      .part("labels", from.labels, to.labels)
      .part("annotations", from.annotations, to.annotations)
      .rest(from == to)
      .all();
}

template <class T, class Id>
void compare(const std::string& what, const std::vector<T>& from, const std::vector<T>& to, Id id,
             std::vector<Change>& out) {
  std::map<std::string, const T*> old;
  for (const auto& item : from) old.emplace(id(item), &item);
  std::set<std::string> seen;
  for (const auto& item : to) {
    const auto name = id(item);
    seen.insert(name);
    const auto before = old.find(name);
    if (before == old.end()) {
      out.push_back({ChangeKind::added, what, name, ""});
    } else if (!(*before->second == item)) {
      out.push_back({ChangeKind::changed, what, name, details(*before->second, item)});
    }
  }
  for (const auto& item : from) {
    if (!seen.contains(id(item))) out.push_back({ChangeKind::removed, what, id(item), ""});
  }
}

void setting(const std::string& section, const std::string& detail, std::vector<Change>& out) {
  if (!detail.empty()) out.push_back({ChangeKind::changed, "setting", section, detail});
}

std::string brokers(const config::UplinkConfig& uplink) {
  std::string out;
  for (const auto& broker : uplink.brokers) {
    out += fmt::format("{}{}://{}:{}", out.empty() ? "" : " ", broker.tls ? "mqtts" : "mqtt", broker.host, broker.port);
  }
  return out;
}

void compare_uplink(const config::GatewayConfig& from, const config::GatewayConfig& to, std::vector<Change>& out) {
  if (from.uplink == to.uplink) return;
  if (!from.uplink || !to.uplink) {
    out.push_back({to.uplink ? ChangeKind::added : ChangeKind::removed, "setting", "uplink", ""});
    return;
  }
  const auto& was = *from.uplink;
  const auto& is = *to.uplink;
  setting("uplink",
          Details()
              .value("broker", brokers(was), brokers(is))
              .part("tls", was.tls, is.tls)
              .value("client_id", was.client_id, is.client_id)
              .value("username", was.username, is.username)
              .value("keep_alive", Microseconds(was.keep_alive), Microseconds(is.keep_alive))
              .value("budget a day", was.budget_day, is.budget_day)
              .value("budget a month", was.budget_month, is.budget_month)
              .part("downlink", was.downlink, is.downlink)
              .part("sparkplug", was.sparkplug, is.sparkplug)
              .rest(was == is)
              .all(),
          out);
}

void compare_store(const config::StoreConfig& was, const config::StoreConfig& is, std::vector<Change>& out) {
  setting("store",
          Details()
              .value("path", was.path, is.path)
              .value("max_bytes", was.max_bytes, is.max_bytes)
              .value("min_free", was.min_free, is.min_free)
              .value("history", Microseconds(was.history), Microseconds(is.history))
              .part("seal", was.seal, is.seal)
              .rest(was == is)
              .all(),
          out);
}

void compare_gateway(const config::GatewayConfig& from, const config::GatewayConfig& to, std::vector<Change>& out) {
  setting("gateway",
          Details()
              .value("id", from.id.value, to.id.value)
              .value("area", from.responsible.area.path(), to.responsible.area.path())
              .value("department", from.responsible.department, to.responsible.department)
              .part("area_names", from.area_names, to.area_names)
              .part("position", from.position, to.position)
              .value("time_zone", from.time_zone, to.time_zone)
              .all(),
          out);
  setting("clock", Details().part("trust", from.clock, to.clock).all(), out);
  setting("rules", Details().value("memory", from.rules_memory, to.rules_memory).all(), out);
  setting("alarms", Details().part("flood and chatter", from.alarms, to.alarms).all(), out);
  setting("audit", Details().value("key_file", from.audit.key_file, to.audit.key_file).all(), out);
  setting("control", Details().value("socket", from.control_socket, to.control_socket).all(), out);
  setting("metrics", Details().part("where they are told", from.metrics, to.metrics).all(), out);
  setting("log", Details().part("level", from.log_level, to.log_level).all(), out);
  setting("health", Details().value("period", from.health_period, to.health_period).all(), out);
}

}  // namespace

Difference difference(const config::GatewayConfig& from, const config::GatewayConfig& to) {
  Difference out;
  compare_gateway(from, to, out.changes);
  compare_store(from.store, to.store, out.changes);
  compare_uplink(from, to, out.changes);
  compare(
      "bus", from.buses, to.buses, [](const auto& bus) { return bus.id.value; }, out.changes);
  compare(
      "device", from.devices, to.devices, [](const auto& device) { return device.id.value; }, out.changes);
  compare(
      "rule", from.rules, to.rules, [](const auto& rule) { return rule.id(); }, out.changes);
  out.starts_over = !(from.store == to.store) || from.control_socket != to.control_socket ||
                    !(from.audit == to.audit) || from.clock != to.clock;
  return out;
}

}  // namespace wayside::site
