#include "config/services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using base::log::Level;

constexpr std::size_t kLongestSocketPath = 107;  // sockaddr_un::sun_path without its end, unix(7)
constexpr std::chrono::milliseconds kShortestLossWindow{10};
constexpr std::chrono::hours kLongestLossWindow{1};
constexpr std::size_t kLeastStore = std::size_t{16} << 20U;
constexpr std::size_t kMostStore = std::size_t{1} << 42U;
constexpr std::chrono::hours kShortestAge{1};
constexpr std::chrono::hours kLongestAge{24 * 3650};
constexpr std::chrono::seconds kShortestKeepAlive{1};
constexpr std::chrono::seconds kLongestKeepAlive{65535};  // MQTT 5, 3.1.2.10: two bytes

constexpr std::array kTrusts{
    Choice<ClockTrust>{"system", ClockTrust::system},
    Choice<ClockTrust>{"rtc", ClockTrust::rtc},
};
constexpr std::array kCodecs{
    Choice<BodyCodec>{"zstd", BodyCodec::zstd},
    Choice<BodyCodec>{"none", BodyCodec::none},
};
constexpr std::array kLevels{
    Choice<Level>{"debug", Level::debug},
    Choice<Level>{"info", Level::info},
    Choice<Level>{"warn", Level::warn},
    Choice<Level>{"error", Level::error},
};

std::string read_path(const Value& value) {
  const auto path = value.text();
  return path ? relative_to(value.place().file, *path) : "";
}

// 127.0.0.0/8 in full, so that "127.example.org" is no loopback.
bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "host", "host:port", "[v6]:port" into the config. False: it is none of these.
bool split_authority(std::string_view text, UplinkConfig& uplink) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    uplink.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    uplink.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (uplink.host.empty() || uplink.host.find_first_of("/?#@ ") != std::string::npos) return false;
  if (rest.empty()) return true;
  const auto port = rest.front() == ':' ? parse_integer(rest.substr(1)) : std::nullopt;
  if (!port || *port < 1 || *port > 65535) return false;
  uplink.port = static_cast<std::uint16_t>(*port);
  return true;
}

void read_broker(const Value& value, bool insecure, UplinkConfig& uplink) {
  constexpr std::string_view kScheme = "mqtt://";
  const auto text = value.text();
  if (!text) return;
  for (const auto* secure : {"mqtts://", "ssl://", "tls://", "wss://"}) {
    if (text->starts_with(secure)) {
      value.problem(fmt::format("TLS is not built in yet: '{}' cannot be used", *text));
      return;
    }
  }
  const bool plain = text->starts_with(kScheme);
  if (!plain || !split_authority(std::string_view(*text).substr(kScheme.size()), uplink)) {
    value.expected("a broker such as mqtt://127.0.0.1:1883");
    return;
  }
  if (!insecure && !is_loopback(uplink.host)) {
    value.problem(
        fmt::format("mqtt:// to '{}' leaves this machine in the clear; if its network protects it (a VPN), "
                    "say so with 'insecure: true'",
                    uplink.host));
  }
}

void read_keep_alive(const Value& value, UplinkConfig& uplink) {
  const auto duration = value.duration(kShortestKeepAlive, kLongestKeepAlive);
  if (!duration) return;
  uplink.keep_alive = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  if (uplink.keep_alive != *duration) value.problem("'keep_alive' must be whole seconds (MQTT has no smaller ones)");
}

std::chrono::seconds whole_seconds(std::chrono::microseconds span) {
  return std::chrono::duration_cast<std::chrono::seconds>(span);
}

void read_history(const Value& value, StoreConfig& store) {
  MapReader map(value);
  if (const auto v = map.need("keep")) {
    if (const auto keep = v->duration(std::chrono::seconds{0}, kLongestAge)) store.history = whole_seconds(*keep);
  }
  map.finish();
}

}  // namespace

StoreConfig read_store(const Value& value) {
  MapReader map(value);
  StoreConfig out;
  if (const auto v = map.need("path")) out.path = read_path(*v);
  if (const auto v = map.find("telemetry_loss_window")) {
    const auto window = v->duration(kShortestLossWindow, kLongestLossWindow);
    if (window) out.telemetry_loss_window = std::chrono::duration_cast<std::chrono::milliseconds>(*window);
  }
  if (const auto v = map.find("max_bytes")) take(out.max_bytes, v->bytes(kLeastStore, kMostStore));
  if (const auto v = map.find("min_free")) take(out.min_free, v->bytes(0, kMostStore));
  if (const auto v = map.find("max_age")) {
    if (const auto age = v->duration(kShortestAge, kLongestAge)) out.max_age = whole_seconds(*age);
  }
  if (const auto v = map.find("history")) read_history(*v, out);
  map.finish();
  return out;
}

UplinkConfig read_uplink(const Value& value) {
  MapReader map(value);
  UplinkConfig out;
  bool insecure = false;
  if (const auto v = map.find("insecure")) take(insecure, v->truth());
  if (const auto v = map.need("broker")) read_broker(*v, insecure, out);
  if (const auto v = map.find("client_id")) take(out.client_id, v->text());
  if (const auto v = map.find("username")) take(out.username, v->text());
  if (const auto v = map.find("password_file")) {
    out.password_file = read_path(*v);
    if (!map.has("username")) v->problem("'password_file' goes with a 'username'");
  }
  if (const auto v = map.find("keep_alive")) read_keep_alive(*v, out);
  if (const auto v = map.find("codec")) take(out.codec, v->choice(kCodecs));
  map.finish();
  return out;
}

std::string read_control(const Value& value) {
  MapReader map(value);
  std::string out;
  if (const auto v = map.need("socket")) {
    out = read_path(*v);
    if (out.size() > kLongestSocketPath) {
      v->problem(
          fmt::format("the path of a socket has at most {} bytes, '{}' has {}", kLongestSocketPath, out, out.size()));
    }
  }
  map.finish();
  return out;
}

ClockTrust read_clock(const Value& value) {
  MapReader map(value);
  ClockTrust out = ClockTrust::system;
  if (const auto v = map.find("trust")) take(out, v->choice(kTrusts));
  map.finish();
  return out;
}

model::Position read_position(const Value& value) {
  MapReader map(value);
  model::Position out;
  if (const auto v = map.need("latitude")) take(out.latitude, v->number(-90, 90));
  if (const auto v = map.need("longitude")) take(out.longitude, v->number(-180, 180));
  map.finish();
  return out;
}

void read_time_zone(const Value& value, std::string& zone, model::SourcePlace& place) {
  const auto name = value.text();
  if (!name) return;
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '+' || c == '-';
  };
  zone = *name;
  place = value.place();
  if (!std::ranges::all_of(*name, allowed)) value.expected("an IANA time zone such as Asia/Shanghai or UTC");
}

Level read_log(const Value& value) {
  MapReader map(value);
  Level out = Level::info;
  if (const auto v = map.find("level")) take(out, v->choice(kLevels));
  map.finish();
  return out;
}

}  // namespace wayside::config
