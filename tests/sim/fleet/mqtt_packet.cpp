#include "sim/fleet/mqtt_packet.hpp"

#include <array>

namespace wayside::sim {
namespace {

constexpr std::uint8_t kSessionExpiry = 0x11;
constexpr std::uint8_t kReceiveMaximum = 0x21;
constexpr std::uint8_t kMaximumPacketSize = 0x27;
constexpr std::uint8_t kContentType = 0x03;

void put_u16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8U);
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text) {
  put_u16(out, text.size());
  out += text;
}

void put_varint(std::string& out, std::size_t value) {
  do {
    const auto byte = static_cast<std::uint8_t>(value & 0x7FU);
    value >>= 7U;
    out += static_cast<char>(byte | (value > 0 ? 0x80U : 0U));
  } while (value > 0);
}

std::string packet(PacketType type, std::uint8_t flags, std::string_view body) {
  std::string out(1, static_cast<char>(static_cast<unsigned>(type) << 4U | flags));
  put_varint(out, body.size());
  out += body;
  return out;
}

std::string_view text_of(const base::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Takes from the front; `good` turns false where there is too little.
class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool empty() const { return data_.empty(); }
  std::string_view take(std::size_t size) {
    if (size > data_.size()) {
      good_ = false;
      data_ = {};
      return {};
    }
    const auto out = data_.substr(0, size);
    data_.remove_prefix(size);
    return out;
  }
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t out = 0;
    for (const char c : take(bytes)) out = out << 8U | static_cast<std::uint8_t>(c);
    return out;
  }
  std::size_t varint() {
    std::size_t out = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const auto byte = number(1);
      out |= static_cast<std::size_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return out;
    }
    good_ = false;
    return 0;
  }
  std::string_view text() { return take(number(2)); }
  std::string_view rest() { return take(data_.size()); }

 private:
  std::string_view data_;
  bool good_ = true;
};

// Of those that a CONNACK may hold (2.2.2.2), by the size of their value; the others are texts.
std::size_t size_of_property(std::uint32_t id) {
  switch (id) {
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A: return 1;
    case 0x13:
    case kReceiveMaximum:
    case 0x22: return 2;
    case kSessionExpiry:
    case kMaximumPacketSize: return 4;
    default: return 0;
  }
}

}  // namespace

std::string connect_packet(const ports::MqttConnect& options) {
  std::string body;
  put_text(body, "MQTT");
  body += '\x05';
  unsigned flags = 0;  // clean start off
  if (options.will) flags |= 0x04U | 0x08U | (options.will->retain ? 0x20U : 0U);
  body += static_cast<char>(flags);
  put_u16(body, static_cast<std::size_t>(options.keep_alive.count()));
  const auto expiry = static_cast<std::size_t>(options.session_expiry.count());
  put_varint(body, 5);
  body += static_cast<char>(kSessionExpiry);
  put_u16(body, expiry >> 16U);
  put_u16(body, expiry & 0xFFFFU);
  put_text(body, options.client_id);
  if (options.will) {
    put_varint(body, 0);
    put_text(body, options.will->topic);
    put_text(body, text_of(options.will->payload));
  }
  return packet(PacketType::connect, 0, body);
}

std::string publish_packet(const ports::MqttMessage& message, std::uint16_t id) {
  std::string body;
  put_text(body, message.topic);
  put_u16(body, id);
  std::string properties;
  if (!message.content_type.empty()) {
    properties += static_cast<char>(kContentType);
    put_text(properties, message.content_type);
  }
  put_varint(body, properties.size());
  body += properties;
  body += text_of(message.payload);
  return packet(PacketType::publish, static_cast<std::uint8_t>(0x02U | (message.retain ? 1U : 0U)), body);
}

std::string puback_packet(std::uint16_t id) {
  std::string body;
  put_u16(body, id);
  return packet(PacketType::puback, 0, body);
}

std::string subscribe_packet(std::string_view filter, std::uint16_t id) {
  std::string body;
  put_u16(body, id);
  put_varint(body, 0);
  put_text(body, filter);
  body += '\x01';
  return packet(PacketType::subscribe, 0x02, body);
}

std::string pingreq_packet() { return packet(PacketType::pingreq, 0, {}); }

std::string disconnect_packet() { return packet(PacketType::disconnect, 0, std::string_view("\x04\x00", 2)); }

std::optional<Packet> cut_packet(std::string_view buffer, std::size_t& size) {
  if (buffer.size() < 2) return std::nullopt;
  Reader in(buffer);
  const auto head = in.number(1);
  const auto length = in.varint();
  const auto body = in.take(length);
  if (!in.good()) return std::nullopt;
  size = static_cast<std::size_t>(body.data() + body.size() - buffer.data());
  return Packet{static_cast<PacketType>(head >> 4U), static_cast<std::uint8_t>(head & 0x0FU), body};
}

std::optional<Connack> read_connack(const Packet& packet) {
  Reader in(packet.body);
  Connack out;
  out.broker.session_present = (in.number(1) & 1U) != 0;
  out.reason = static_cast<std::uint8_t>(in.number(1));
  Reader properties(in.take(in.varint()));
  while (!properties.empty()) {
    const auto id = properties.number(1);
    const auto bytes = size_of_property(id);
    if (bytes == 0) {
      properties.text();
      if (id == 0x26) properties.text();  // a pair
      continue;
    }
    const auto value = properties.number(bytes);
    if (id == kReceiveMaximum) out.broker.receive_maximum = static_cast<std::uint16_t>(value);
    if (id == kMaximumPacketSize) out.broker.maximum_packet_size = value;
  }
  if (!in.good() || !properties.good()) return std::nullopt;
  return out;
}

std::optional<Ack> read_ack(const Packet& packet) {
  Reader in(packet.body);
  Ack out;
  out.id = static_cast<std::uint16_t>(in.number(2));
  if (packet.type == PacketType::suback) in.take(in.varint());
  if (!in.empty()) out.reason = static_cast<std::uint8_t>(in.number(1));
  if (!in.good()) return std::nullopt;
  return out;
}

std::optional<Publish> read_publish(const Packet& packet) {
  Reader in(packet.body);
  Publish out;
  out.message.topic = in.text();
  out.message.retain = (packet.flags & 1U) != 0;
  if ((packet.flags & 0x06U) != 0) out.id = static_cast<std::uint16_t>(in.number(2));
  in.take(in.varint());
  const auto payload = in.rest();
  out.message.payload.assign(payload.begin(), payload.end());
  if (!in.good()) return std::nullopt;
  return out;
}

}  // namespace wayside::sim
