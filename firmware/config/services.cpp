#include "config/services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using base::log::Level;

constexpr std::size_t kLongestSocketPath = 107;  // sockaddr_un::sun_path without its end, unix(7)
constexpr std::chrono::milliseconds kShortestLossWindow{10};
constexpr std::chrono::hours kLongestLossWindow{1};
constexpr std::size_t kLeastStore = std::size_t{16} << 20U;
constexpr std::size_t kMostStore = std::size_t{1} << (sizeof(std::size_t) > 4 ? 42U : 31U);
constexpr std::chrono::hours kShortestAge{1};
constexpr std::chrono::hours kLongestAge{24 * 3650};

constexpr std::array kTrusts{
    Choice<ClockTrust>{"system", ClockTrust::system},
    Choice<ClockTrust>{"rtc", ClockTrust::rtc},
};
constexpr std::array kLevels{
    Choice<Level>{"debug", Level::debug},
    Choice<Level>{"info", Level::info},
    Choice<Level>{"warn", Level::warn},
    Choice<Level>{"error", Level::error},
};

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

// {key_file: PATH} or {credential: NAME}.
KeySource read_key_source(const Value& value, MapReader& map) {
  KeySource out;
  const auto file = map.find("key_file");
  const auto credential = map.find("credential");
  if (file.has_value() == credential.has_value())
    value.problem("one of 'key_file' and 'credential' is needed, not both");
  if (file) out.name = file->path();
  if (credential) {
    out.is_credential = true;
    take(out.name, credential->id());
  }
  return out;
}

SealConfig read_seal(const Value& value) {
  MapReader map(value);
  SealConfig out;
  out.newest = read_key_source(value, map);
  if (const auto list = map.find("earlier")) {
    for (const auto& item : list->items()) {
      MapReader one(item);
      out.earlier.push_back(read_key_source(item, one));
      one.finish();
    }
  }
  map.finish();
  return out;
}

}  // namespace

StoreConfig read_store(const Value& value) {
  MapReader map(value);
  StoreConfig out;
  if (const auto v = map.need("path")) out.path = v->path();
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
  if (const auto v = map.find("seal")) out.seal = read_seal(*v);
  map.finish();
  return out;
}

AuditConfig read_audit(const Value& value) {
  MapReader map(value);
  AuditConfig out;
  if (const auto v = map.find("key_file")) out.key_file = v->path();
  map.finish();
  return out;
}

namespace {

std::string read_socket(const Value& value) {
  auto out = value.path();
  if (out.size() > kLongestSocketPath) {
    value.problem(
        fmt::format("the path of a socket has at most {} bytes, '{}' has {}", kLongestSocketPath, out, out.size()));
  }
  return out;
}

// "127.0.0.1:9464", "[::1]:9464": who else may ask is for a proxy with TLS to decide.
void read_listen(const Value& value, MetricsConfig& out) {
  const auto text = value.text();
  if (!text) return;
  const auto colon = text->rfind(':');
  auto host = text->substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  unsigned port = 0;
  const char* const end = text->data() + text->size();
  const bool has_port = colon != std::string::npos && std::from_chars(text->data() + colon + 1, end, port).ptr == end &&
                        port > 0 && port < 65536;
  const bool is_own =
      host == "::1" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
  if (!has_port || !is_own) {
    return value.problem(fmt::format(
        "expected an address of this machine alone with a port, as 127.0.0.1:9464 or [::1]:9464; found '{}'", *text));
  }
  out.host = std::move(host);
  out.port = static_cast<std::uint16_t>(port);
}

}  // namespace

std::string read_control(const Value& value) {
  MapReader map(value);
  std::string out;
  if (const auto v = map.need("socket")) out = read_socket(*v);
  map.finish();
  return out;
}

MetricsConfig read_metrics(const Value& value) {
  MapReader map(value);
  MetricsConfig out;
  const auto listen = map.find("listen");
  const auto socket = map.find("socket");
  if (listen) read_listen(*listen, out);
  if (socket) out.socket = read_socket(*socket);
  if (static_cast<bool>(listen) == static_cast<bool>(socket)) {
    value.problem("expected one of 'listen' (127.0.0.1:9464) and 'socket' (a path)");
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

std::chrono::microseconds read_health(const Value& value) {
  MapReader map(value);
  auto out = GatewayConfig{}.health_period;
  if (const auto v = map.find("period")) {
    take(out, v->duration(std::chrono::seconds{10}, std::chrono::hours{24}));
  }
  map.finish();
  return out;
}

Level read_log(const Value& value) {
  MapReader map(value);
  Level out = Level::info;
  if (const auto v = map.find("level")) take(out, v->choice(kLevels));
  map.finish();
  return out;
}

}  // namespace wayside::config
