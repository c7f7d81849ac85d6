#include "config/uplink.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/downlink.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

constexpr std::chrono::seconds kShortestKeepAlive{1};
constexpr std::chrono::seconds kLongestKeepAlive{65535};  // MQTT 5, 3.1.2.10: two bytes
constexpr std::size_t kMostBrokers = 16;
constexpr std::size_t kLongestSparkplugId = 64;
constexpr std::uint16_t kPlainPort = 1883;
constexpr std::uint16_t kTlsPort = 8883;

constexpr std::array kCodecs{
    Choice<BodyCodec>{"zstd", BodyCodec::zstd},
    Choice<BodyCodec>{"none", BodyCodec::none},
};
constexpr std::array kVersions{
    Choice<MqttVersion>{"auto", MqttVersion::automatic},
    Choice<MqttVersion>{"5", MqttVersion::v5},
    Choice<MqttVersion>{"3.1.1", MqttVersion::v3},
};

// 127.0.0.0/8 in full, so that "127.example.org" is no loopback.
bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "host", "host:port", "[v6]:port" into the address. False: it is none of these.
bool split_authority(std::string_view text, BrokerAddress& out) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    out.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (out.host.empty() || out.host.find_first_of("/?#@ ") != std::string::npos) return false;
  if (rest.empty()) return true;
  const auto port = rest.front() == ':' ? parse_integer(rest.substr(1)) : std::nullopt;
  if (!port || *port < 1 || *port > 65535) return false;
  out.port = static_cast<std::uint16_t>(*port);
  return true;
}

std::optional<BrokerAddress> read_broker(const Value& value, bool insecure) {
  constexpr std::string_view kPlain = "mqtt://";
  constexpr std::string_view kTls = "mqtts://";
  const auto text = value.text();
  if (!text) return std::nullopt;
  BrokerAddress out;
  out.tls = text->starts_with(kTls);
  out.port = out.tls ? kTlsPort : kPlainPort;
  const bool known = out.tls || text->starts_with(kPlain);
  if (!known || !split_authority(std::string_view(*text).substr(out.tls ? kTls.size() : kPlain.size()), out)) {
    value.expected("a broker such as mqtts://broker.example:8883");
    return std::nullopt;
  }
  if (!out.tls && !insecure && !is_loopback(out.host)) {
    value.problem(
        fmt::format("mqtt:// to '{}' leaves this machine in the clear: use mqtts://; if its network protects it (a "
                    "VPN), say so with 'insecure: true'",
                    out.host));
  }
  return out;
}

void read_brokers(MapReader& map, bool insecure, std::vector<BrokerAddress>& out) {
  const auto add = [&](const Value& value) {
    if (auto broker = read_broker(value, insecure)) out.push_back(*std::move(broker));
  };
  const auto list = map.find("brokers");
  if (!list) {
    if (const auto v = map.need("broker")) add(*v);
    return;
  }
  if (const auto v = map.find("broker")) v->problem("either 'broker' or 'brokers', not both");
  const auto items = list->items();
  if (list->is_list() && (items.empty() || items.size() > kMostBrokers)) {
    list->expected(fmt::format("1 to {} brokers", kMostBrokers));
  }
  for (const auto& item : items) add(item);
}

TlsConfig read_tls(const Value& value) {
  MapReader map(value);
  TlsConfig out;
  if (const auto v = map.find("ca_file")) out.ca_file = v->path();
  if (const auto v = map.find("certificate_file")) {
    out.certificate_file = v->path();
    if (!map.has("key_file")) v->problem("'certificate_file' goes with a 'key_file'");
  }
  if (const auto v = map.find("key_file")) {
    out.key_file = v->path();
    if (!map.has("certificate_file")) v->problem("'key_file' goes with a 'certificate_file'");
  }
  if (const auto v = map.find("revocation")) {
    take(out.revocation, v->truth());
    if (out.revocation && !map.has("ca_file")) v->problem("'revocation' goes with a 'ca_file' that holds the lists");
  }
  map.finish();
  return out;
}

void read_keep_alive(const Value& value, UplinkConfig& uplink) {
  const auto duration = value.duration(kShortestKeepAlive, kLongestKeepAlive);
  if (!duration) return;
  uplink.keep_alive = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  if (uplink.keep_alive != *duration) value.problem("'keep_alive' must be whole seconds (MQTT has no smaller ones)");
}

void read_budget(const Value& value, UplinkConfig& uplink) {
  constexpr std::size_t kLeast = std::size_t{1} << 20U;
  constexpr std::size_t kMost = std::size_t{1} << (sizeof(std::size_t) > 4 ? 40U : 31U);
  MapReader map(value);
  if (const auto v = map.find("day")) take(uplink.budget_day, v->bytes(kLeast, kMost));
  if (const auto v = map.find("month")) take(uplink.budget_month, v->bytes(kLeast, kMost));
  if (!map.has("day") && !map.has("month")) value.expected("'day', 'month' or both, such as {month: 1 GiB}");
  map.finish();
}

// As the specification wants ids: without what means something in a topic.
void read_sparkplug_id(const Value& value, std::string& out) {
  const auto text = value.text();
  if (!text) return;
  if (text->empty() || text->size() > kLongestSparkplugId || text->find_first_of("+/#") != std::string::npos) {
    value.expected(fmt::format("an id of 1 to {} characters without '+', '/' and '#'", kLongestSparkplugId));
    return;
  }
  out = *text;
}

SparkplugConfig read_sparkplug(const Value& value) {
  constexpr std::array kClasses{
      Choice<model::DataClass>{"public", model::DataClass::open},
      Choice<model::DataClass>{"internal", model::DataClass::internal},
      Choice<model::DataClass>{"sensitive", model::DataClass::sensitive},
  };
  MapReader map(value);
  SparkplugConfig out;
  if (const auto v = map.need("group")) read_sparkplug_id(*v, out.group);
  if (const auto v = map.find("node")) read_sparkplug_id(*v, out.node);
  if (const auto v = map.find("primary_host")) read_sparkplug_id(*v, out.primary_host);
  if (const auto v = map.find("classes")) {
    out.classes.fill(false);
    for (const auto& item : v->items()) {
      if (const auto chosen = item.choice(kClasses)) out.classes[static_cast<std::size_t>(*chosen)] = true;
    }
  }
  map.finish();
  return out;
}

}  // namespace

UplinkConfig read_uplink(const Value& value) {
  MapReader map(value);
  UplinkConfig out;
  bool insecure = false;
  if (const auto v = map.find("insecure")) take(insecure, v->truth());
  read_brokers(map, insecure, out.brokers);
  out.insecure = std::ranges::any_of(out.brokers, [](const auto& b) { return !b.tls && !is_loopback(b.host); });
  if (const auto v = map.find("tls")) {
    out.tls = read_tls(*v);
    const bool used = std::ranges::any_of(out.brokers, &BrokerAddress::tls);
    if (!used && !out.brokers.empty()) v->problem("'tls' goes with a broker of mqtts://");
  }
  if (const auto v = map.find("mqtt")) take(out.version, v->choice(kVersions));
  if (const auto v = map.find("client_id")) take(out.client_id, v->text());
  if (const auto v = map.find("username")) take(out.username, v->text());
  if (const auto v = map.find("password_file")) {
    out.password_file = v->path();
    if (!map.has("username")) v->problem("'password_file' goes with a 'username'");
  }
  if (const auto v = map.find("keep_alive")) read_keep_alive(*v, out);
  if (const auto v = map.find("budget")) read_budget(*v, out);
  if (const auto v = map.find("downlink")) out.downlink = read_downlink(*v);
  if (const auto v = map.find("sparkplug")) out.sparkplug = read_sparkplug(*v);
  if (const auto v = map.find("codec")) take(out.codec, v->choice(kCodecs));
  map.finish();
  return out;
}

}  // namespace wayside::config
