// An edge node of Sparkplug B 3.0 (chapters 4 to 6): what is said when, with which numbers. It holds no connection:
// each call returns what to publish or do, in this order. Who owns it makes the connections (clean start, session
// expiry 0), one at a time, publishes everything at QoS 0 without retain (the will at QoS 1), and keeps `bd_seq` across
// restarts.
//
//   begin(bd_seq)   before each CONNECT: the will. Then connect, subscribe to `subscriptions()` at QoS 1, and
//   connected()     births at once, or, with a primary host, when it says that it is online
//   data() ...      only after the births; before them nothing is told
//   heard()         everything that comes on the subscriptions
//   farewell()      before an orderly DISCONNECT
//
// Home: one thread. Errors: none; what is not understood is ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sparkplug/payload.hpp"
#include "sparkplug/topics.hpp"

namespace wayside::sparkplug {

struct Outgoing {
  std::string topic;
  base::Bytes payload;
};

// Of the node, or of one device; the newest value is kept for births.
struct MetricSpec {
  std::string name;
  DataType type = DataType::float64;  // as far as it is known before there is a value
};

// Tells a value of a metric, by its place in its list.
struct Update {
  std::size_t metric = 0;
  model::Value value;
  model::Quality quality = model::Quality::good;
  std::uint64_t timestamp_ms = 0;
};

struct DeviceCommand {
  std::string device;  // empty: the node
  std::string metric;
  model::Value value;
};

// What is to be done about something that was heard.
struct Reaction {
  std::vector<Outgoing> publish;
  std::vector<DeviceCommand> commands;
  bool disconnect = false;  // the primary host is gone: after `publish`, to the next server
};

class EdgeNode {
 public:
  struct Options {
    NodeId id;
    std::string primary_host;  // empty: births need not wait for one
    std::vector<MetricSpec> metrics;
    // A rebirth that is asked for sooner after the one before is not done again.
    std::uint64_t least_rebirth_ms = 5000;
  };
  // Requires: valid ids, names that differ.
  explicit EdgeNode(Options options);

  // Alive or not: devices are born when they answer. Requires: a valid id, not known yet.
  void add_device(const std::string& device, std::vector<MetricSpec> metrics);

  // The next connection, numbered `bd_seq` (0..255; next_bd_seq() of the one before): its will, of NDEATH.
  [[nodiscard]] Outgoing begin(std::uint8_t bd_seq, std::uint64_t now_ms);
  [[nodiscard]] static std::uint8_t next_bd_seq(std::uint8_t last) { return static_cast<std::uint8_t>(last + 1U); }
  [[nodiscard]] std::vector<std::string> subscriptions() const;

  [[nodiscard]] std::vector<Outgoing> connected(std::uint64_t now_ms);
  void disconnected() { phase_ = Phase::away; }
  [[nodiscard]] Outgoing farewell(std::uint64_t now_ms) const;
  [[nodiscard]] bool is_born() const { return phase_ == Phase::born; }

  [[nodiscard]] Reaction heard(std::string_view topic, base::ByteView payload, std::uint64_t now_ms);

  // Values of the node (an empty id) or a device. They are always kept for the next birth; told when that has been.
  // One that equals what was told is not told again. Historical ones are told as they are and not kept. A value that
  // its metric's type cannot hold gives the metric another type, which a birth tells.
  [[nodiscard]] std::vector<Outgoing> data(const std::string& device, const std::vector<Update>& updates,
                                           std::uint64_t now_ms, bool historical = false);
  // The device answers, or does not any more.
  [[nodiscard]] std::vector<Outgoing> device_alive(const std::string& device, bool alive, std::uint64_t now_ms);

 private:
  enum class Phase : std::uint8_t { away, waiting, born };
  struct Held;
  // What `value` needs where the metric's type does not hold it, or where it is the first and no birth was told yet;
  // else its type.
  [[nodiscard]] static DataType type_for(const Held& held, const model::Value& value, bool told);
  struct Held {
    MetricSpec spec;
    std::uint64_t alias = 0;
    model::Value value;
    model::Quality quality = model::Quality::uncertain_initial_value;
    std::uint64_t timestamp_ms = 0;
  };
  struct Part {
    std::vector<Held> metrics;
    bool alive = false;
    bool told = false;  // born on this connection, and not dead
  };

  [[nodiscard]] Part make_part(std::vector<MetricSpec> specs);
  [[nodiscard]] std::vector<Outgoing> births(std::uint64_t now_ms);
  [[nodiscard]] Outgoing device_birth(const std::string& device, Part& part, std::uint64_t now_ms);
  [[nodiscard]] std::uint8_t next_seq() { return seq_++; }
  void hear_host(const HostState& state, std::uint64_t now_ms, Reaction& out);
  void hear_command(const std::string& device, base::ByteView payload, std::uint64_t now_ms, Reaction& out);

  Options options_;
  Part node_;
  std::map<std::string, Part> devices_;
  std::uint64_t aliases_ = 0;
  Phase phase_ = Phase::away;
  std::uint8_t bd_seq_ = 0;
  std::uint8_t seq_ = 0;
  std::optional<std::uint64_t> host_timestamp_;  // of the newest word of the primary host on this connection
  std::optional<std::uint64_t> born_ms_;
};

}  // namespace wayside::sparkplug
