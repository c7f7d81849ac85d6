// What a site is, as the program uses it: plain structs, complete and checked. Made by load_gateway() from
// gateway.yaml, the profiles and the rule files it names. Values; constant after loading; any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "device/profile.hpp"
#include "model/data_class.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"
#include "model/place.hpp"
#include "model/rule_spec.hpp"

namespace wayside::config {

enum class Parity : char { none = 'N', even = 'E', odd = 'O' };

enum class Rs485 { none, kernel, automatic };

struct SerialSettings {
  std::string port;  // a path that survives re-plugging: /dev/serial/by-id/... or by-path
  int baud = 9600;
  Parity parity = Parity::none;
  int stop_bits = 1;
  Rs485 rs485 = Rs485::none;  // who turns the direction: the adapter, the driver, the driver where it can
  bool echo = false;          // what is sent comes back
  bool operator==(const SerialSettings&) const = default;
};

enum class TcpFraming { modbus, rtu };  // rtu: a serial server that hands the bytes through

struct TcpSettings {
  std::string host;
  std::uint16_t port = 502;
  TcpFraming framing = TcpFraming::modbus;
  bool operator==(const TcpSettings&) const = default;
};

struct BusConfig {
  model::BusId id;
  std::variant<SerialSettings, TcpSettings> transport;
  int silent_airtime = 5;  // per cent of the bus's time that devices which do not answer may take
  model::SourcePlace place;
  bool operator==(const BusConfig&) const = default;
};

// A command of `point` goes only if the expression (of the rules' language) is true: "valve may close only if the pump
// is off". Text here; whoever evaluates it compiles it.
struct InterlockConfig {
  std::string point;              // that is commanded
  std::vector<std::string> when;  // only for these target values, as written; empty: for all
  std::string only_if;
  model::SourcePlace place;  // of the expression
  bool operator==(const InterlockConfig&) const = default;
};

// What may be commanded of a device. Nothing, unless it is allowed by name.
struct CommandsConfig {
  std::vector<std::string> allow;       // names of points of the device: "lamp-2.level"
  std::vector<std::string> local_only;  // of them, those that the platform may not command
  int max_per_minute = 12;              // of the whole device
  std::vector<InterlockConfig> interlocks;
  bool operator==(const CommandsConfig&) const = default;
};

struct DeviceConfig {
  model::DeviceId id;
  model::BusId bus;
  std::uint8_t unit = 1;  // Modbus only: 1..247 on a serial line, 0..255 over TCP
  device::Profile profile;
  device::Options options;  // the site's over the profile's defaults
  std::chrono::microseconds period{};
  std::map<std::string, std::string> labels;
  model::Responsibility responsible;  // the device's own or the gateway's
  CommandsConfig commands;
  model::SourcePlace place;
  bool operator==(const DeviceConfig&) const = default;
};

enum class ClockTrust {
  system,  // trusted when the kernel says it is synchronised
  rtc,     // the site vouches for its battery clock: trusted at once
};

// Where a key stands: a file, or the name of a systemd credential.
struct KeySource {
  std::string name;
  bool is_credential = false;
  bool operator==(const KeySource&) const = default;
};

// What is sensitive is sealed at rest.
struct SealConfig {
  KeySource newest;                // seals
  std::vector<KeySource> earlier;  // still open what they have sealed
  bool operator==(const SealConfig&) const = default;
};

struct StoreConfig {
  std::string path;  // of the database file
  std::chrono::milliseconds telemetry_loss_window{1000};
  std::uint64_t max_bytes = std::uint64_t{1} << 30U;  // of the database and the files beside it
  std::uint64_t min_free = std::uint64_t{32} << 20U;  // left to the file system
  std::optional<std::chrono::seconds> max_age;        // of telemetry that was not sent; none: never too old
  std::chrono::seconds history = std::chrono::hours{7 * 24};
  std::optional<SealConfig> seal;
  bool operator==(const StoreConfig&) const = default;
};

enum class BodyCodec { zstd, none };

struct BrokerAddress {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 1883;
  bool tls = false;
  bool operator==(const BrokerAddress&) const = default;
};

// What a TLS connection is made with. Files in PEM.
struct TlsConfig {
  std::string ca_file;           // who may vouch for a broker; empty: the system's authorities
  std::string certificate_file;  // the gateway's own, with its chain; empty: it has none
  std::string key_file;          // to it
  bool revocation = false;       // ca_file also holds the revocation list of each authority in it
  bool operator==(const TlsConfig&) const = default;
};

enum class MqttVersion {
  automatic,  // 5, and 3.1.1 where the broker does not know it
  v5,
  v3,  // 3.1.1
};

// What the platform may ask of the gateway. Nothing, unless it is allowed by name.
struct DownlinkConfig {
  struct Key {
    std::string name;
    std::string file;  // public, Ed25519, PEM
    bool operator==(const Key&) const = default;
  };
  std::vector<model::OrderKind> allow;
  bool allow_sensitive = false;  // queries may read sensitive points
  std::vector<Key> keys;         // of the platform
  std::vector<model::OrderKind> needs_signature;
  std::vector<std::string> answers{"wayside/answer/"};  // response topics begin with one of these
  bool operator==(const DownlinkConfig&) const = default;
};

// The gateway as an edge node of Sparkplug B beside its own face.
struct SparkplugConfig {
  std::string group;
  std::string node;                                                         // default: the gateway's id
  std::string primary_host;                                                 // births wait for it; empty: for none
  std::array<bool, model::kDataClasses.size()> classes{true, true, false};  // which points are told
  bool operator==(const SparkplugConfig&) const = default;
};

struct UplinkConfig {
  std::vector<BrokerAddress> brokers;  // at least one; tried in turn
  MqttVersion version = MqttVersion::automatic;
  TlsConfig tls;
  std::string client_id;  // default: the gateway's id
  std::string username;
  std::string password_file;  // never the password itself
  std::chrono::seconds keep_alive{10};
  BodyCodec codec = BodyCodec::zstd;
  std::size_t budget_day = 0;    // bytes of a metered link; 0: no limit
  std::size_t budget_month = 0;  // likewise
  bool insecure = false;         // some broker is reached in the clear over a network
  DownlinkConfig downlink;
  std::optional<SparkplugConfig> sparkplug;
  bool operator==(const UplinkConfig&) const = default;
};

struct AuditConfig {
  std::string key_file;  // of the gateway; default: audit.key beside the store; made at the first start
  bool operator==(const AuditConfig&) const = default;
};

// Where metrics are told to whoever scrapes them: one of the two.
struct MetricsConfig {
  std::string host;  // a numeric address of this machine's own
  std::uint16_t port = 0;
  std::string socket;  // path of a Unix socket
  bool operator==(const MetricsConfig&) const = default;
};

// When alarms are too many (docs/alarms.md).
struct AlarmLoadConfig {
  std::uint32_t chatter_raises = 3;
  std::chrono::microseconds chatter_within = std::chrono::minutes{1};
  std::chrono::microseconds chatter_over = std::chrono::minutes{10};
  std::uint32_t flood_over = 10;
  std::uint32_t flood_under = 5;
  std::chrono::microseconds flood_within = std::chrono::minutes{10};
  bool operator==(const AlarmLoadConfig&) const = default;
};

struct GatewayConfig {
  std::string file;
  std::chrono::microseconds health_period{std::chrono::minutes{1}};  // of reports on the gateway itself
  model::GatewayId id;
  model::Responsibility responsible;
  std::vector<std::string> area_names;  // the four levels for people, any script; empty or four
  std::optional<model::Position> position;
  std::string time_zone;  // IANA
  model::SourcePlace time_zone_place;
  ClockTrust clock = ClockTrust::system;
  std::vector<BusConfig> buses;
  std::vector<DeviceConfig> devices;
  std::vector<model::RuleSpec> rules;
  std::size_t rules_memory = std::size_t{64} << 20U;  // bytes that the rules may take
  AlarmLoadConfig alarms;
  StoreConfig store;
  AuditConfig audit;
  std::optional<UplinkConfig> uplink;  // none: a gateway that only stores
  std::string control_socket;
  std::optional<MetricsConfig> metrics;  // none: they are not told
  base::log::Level log_level = base::log::Level::info;
};

}  // namespace wayside::config
