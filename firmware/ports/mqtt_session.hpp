// MqttSession: one MQTT client object, for one connection (contracts: sessions). It carries bytes and nothing
// else: no queue of its own, no reconnect, no persistence. When the connection ends the session is finished and
// the owner makes a new one through MqttSessionFactory.
// Home: core. All callbacks come on core, never inside a call. After `closed` nothing more is called.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace wayside::ports {

struct MqttMessage {
  std::string topic;
  base::Bytes payload;
  bool retain = false;
  // Of MQTT 5; left out on 3.1.1.
  std::string content_type;
  // Of messages that came: where and with what the sender wants his answer. Of those that go: correlation only.
  std::string response_topic = {};
  base::Bytes correlation = {};
  // Of messages that came: how long the sender, and the broker that kept it, let it live from now on. None: not told.
  std::optional<std::chrono::seconds> expiry = {};
  // Of messages that go: 1, or 0 where the receiver's protocol asks for it (Sparkplug): then it is answered when it is
  // written, and nobody knows whether it arrives.
  std::uint8_t qos = 1;
};

enum class MqttVersion : std::uint8_t { v5, v3 };  // v3: 3.1.1

struct MqttConnect {
  std::size_t broker = 0;  // of the factory's list
  MqttVersion version = MqttVersion::v5;
  std::string client_id;
  std::chrono::seconds keep_alive{10};
  std::chrono::seconds session_expiry{3600};
  std::optional<MqttMessage> will;  // QoS 1
  bool clean_start = false;         // nothing of an earlier session of this client id
};

struct MqttConnected {
  bool session_present = false;
  std::uint16_t receive_maximum = 65535;  // of the broker: how many QoS 1 messages may be unacknowledged
  std::uint32_t maximum_packet_size = 0;  // 0: no limit told
};

// Why there is no connection.
enum class MqttEnd : std::uint8_t {
  lost,           // it was there, or no more is known
  unreachable,    // no name, no route, no one listens
  no_answer,      // someone listens, and ends the connection without a CONNACK
  wrong_version,  // the broker does not speak this version of MQTT
  refused,        // by a CONNACK
  taken_over,     // another client has connected with our client id (MQTT 5, reason 0x8E)
  tls,            // the handshake failed
  clock,          // the same, over a date, while our own clock is not known to be right
};

struct MqttClosed {
  MqttClosed(base::Error what, MqttEnd how = MqttEnd::lost) : error(std::move(what)), end(how) {}  // NOLINT
  base::Error error;
  MqttEnd end;
};

struct MqttCallbacks {
  base::UniqueFunction<void(const MqttConnected&)> connected;
  // The connection could not be made, or was lost or closed. Called exactly once a session.
  base::UniqueFunction<void(const MqttClosed&)> closed;
  // What came for a subscription. Bounded: what core has not taken yet beyond 64 messages is dropped (and logged).
  base::UniqueFunction<void(MqttMessage)> message;
};

class MqttSession {
 public:
  // Success: the broker's PUBACK (its reason code was a success). Errc::denied: the broker refused the message.
  // Errc::full: the broker takes no more for now (MQTT 5, reason 0x97).
  // A publish under way when the connection ends is answered with Errc::closed before `closed`. Of a subscription
  // Errc::denied means that the broker does not grant it.
  using PublishCallback = base::UniqueFunction<void(base::Result<void>)>;

  virtual ~MqttSession() = default;
  // Requires: called once.
  virtual void connect(const MqttConnect& options, MqttCallbacks callbacks) = 0;
  // Requires: connected.
  virtual void publish(MqttMessage message, PublishCallback done) = 0;
  virtual void subscribe(const std::string& topic_filter, PublishCallback done) = 0;
  // Says what the will says, then DISCONNECT; `closed` follows.
  virtual void close() = 0;
};

class MqttSessionFactory {
 public:
  virtual ~MqttSessionFactory() = default;
  [[nodiscard]] virtual std::unique_ptr<MqttSession> make_session() = 0;
};

}  // namespace wayside::ports
