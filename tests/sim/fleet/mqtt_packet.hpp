// MQTT 5 packets as far as a light client needs them (OASIS MQTT 5.0, 2 and 3). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ports/mqtt_session.hpp"

namespace wayside::sim {

enum class PacketType : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  subscribe = 8,
  suback = 9,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
};

// Each is a whole packet.
[[nodiscard]] std::string connect_packet(const ports::MqttConnect& options);
[[nodiscard]] std::string publish_packet(const ports::MqttMessage& message, std::uint16_t id);  // QoS 1
[[nodiscard]] std::string puback_packet(std::uint16_t id);
[[nodiscard]] std::string subscribe_packet(std::string_view filter, std::uint16_t id);  // QoS 1
[[nodiscard]] std::string pingreq_packet();
[[nodiscard]] std::string disconnect_packet();  // with the will

struct Packet {
  PacketType type{};
  std::uint8_t flags = 0;
  std::string_view body;  // of the buffer it was cut from
};

// The packet at the front of `buffer`; none: it is not whole yet. `size`: of all of it.
[[nodiscard]] std::optional<Packet> cut_packet(std::string_view buffer, std::size_t& size);

struct Connack {
  std::uint8_t reason = 0;
  ports::MqttConnected broker;
};
struct Ack {  // PUBACK, SUBACK
  std::uint16_t id = 0;
  std::uint8_t reason = 0;
};
struct Publish {
  ports::MqttMessage message;
  std::uint16_t id = 0;  // 0: QoS 0
};

// None: it breaks its form.
[[nodiscard]] std::optional<Connack> read_connack(const Packet& packet);
[[nodiscard]] std::optional<Ack> read_ack(const Packet& packet);
[[nodiscard]] std::optional<Publish> read_publish(const Packet& packet);

}  // namespace wayside::sim
