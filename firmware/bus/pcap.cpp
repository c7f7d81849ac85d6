#include "bus/pcap.hpp"

#include <array>
#include <string_view>

namespace wayside::bus {
namespace {

constexpr std::uint32_t kMagicMicroseconds = 0xA1B2C3D4;
constexpr std::uint32_t kLinkRaw = 101;
constexpr std::uint32_t kLinkUpperPdu = 252;
constexpr std::uint32_t kSnapLength = 65535;
constexpr std::uint16_t kModbusPort = 502;
constexpr std::uint16_t kGatewayPort = 49152;
constexpr std::array<std::uint8_t, 4> kGateway{192, 0, 2, 1};
constexpr std::array<std::uint8_t, 4> kDevice{192, 0, 2, 2};
constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kTcpHeader = 20;

// Of Wireshark's epan/exported_pdu.h.
constexpr std::uint16_t kTagEnd = 0;
constexpr std::uint16_t kTagDissector = 12;
constexpr std::uint16_t kTagPortType = 24;
constexpr std::uint16_t kTagSourcePort = 25;
constexpr std::uint16_t kTagTargetPort = 26;
constexpr std::uint32_t kPortTypeTcp = 2;

class Big {
 public:
  explicit Big(base::Bytes& out) : out_(out) {}
  void u8(std::uint32_t v) { out_.push_back(static_cast<std::uint8_t>(v & 0xFFU)); }
  void u16(std::uint32_t v) {
    u8(v >> 8U);
    u8(v);
  }
  void u32(std::uint32_t v) {
    u16(v >> 16U);
    u16(v);
  }
  void bytes(base::ByteView v) { out_.insert(out_.end(), v.begin(), v.end()); }

 private:
  base::Bytes& out_;
};

void patch16(base::Bytes& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8U);
  out[at + 1] = static_cast<std::uint8_t>(value & 0xFFU);
}

// One's complement sum of 16-bit words (RFC 1071).
std::uint16_t internet_checksum(base::ByteView bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8U : bytes[i];
  while (sum > 0xFFFF) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

struct Sequences {
  std::uint32_t gateway = 1;
  std::uint32_t device = 1;
};

// IPv4 without options (RFC 791) and TCP without options (RFC 9293), PSH and ACK set.
void add_tcp(const ports::CapturedFrame& frame, Sequences& seq, std::uint16_t number, base::Bytes& out) {
  constexpr std::uint32_t kTcp = 6;
  const auto& from = frame.sent ? kGateway : kDevice;
  const auto& to = frame.sent ? kDevice : kGateway;
  const auto size = static_cast<std::uint32_t>(frame.bytes.size());
  const std::size_t ip = out.size();
  Big big(out);
  big.u16(0x4500);
  big.u16(static_cast<std::uint32_t>(kIpHeader + kTcpHeader) + size);
  big.u16(number);
  big.u16(0x4000);  // don't fragment
  big.u16((64U << 8U) | kTcp);
  big.u16(0);
  big.bytes(from);
  big.bytes(to);
  patch16(out, ip + 10, internet_checksum(base::ByteView(out).subspan(ip, kIpHeader), 0));
  const std::size_t tcp = out.size();
  big.u16(frame.sent ? kGatewayPort : kModbusPort);
  big.u16(frame.sent ? kModbusPort : kGatewayPort);
  big.u32(frame.sent ? seq.gateway : seq.device);
  big.u32(frame.sent ? seq.device : seq.gateway);
  big.u16(0x5018);
  big.u16(0xFFFF);
  big.u32(0);
  big.bytes(frame.bytes);
  (frame.sent ? seq.gateway : seq.device) += size;
  base::Bytes pseudo(from.begin(), from.end());
  pseudo.insert(pseudo.end(), to.begin(), to.end());
  const std::uint32_t addresses = static_cast<std::uint16_t>(~internet_checksum(pseudo, 0));
  const auto sum = addresses + kTcp + static_cast<std::uint32_t>(kTcpHeader) + size;
  patch16(out, tcp + 16, internet_checksum(base::ByteView(out).subspan(tcp), sum));
}

void add_tag(Big& big, std::uint16_t tag, std::string_view text) {
  const std::size_t padded = (text.size() + 3) / 4 * 4;
  big.u16(tag);
  big.u16(static_cast<std::uint32_t>(padded));
  big.bytes(base::as_bytes(text));
  for (std::size_t i = text.size(); i < padded; ++i) big.u8(0);
}

void add_tag(Big& big, std::uint16_t tag, std::uint32_t value) {
  big.u16(tag);
  big.u16(4);
  big.u32(value);
}

// The ports say which way a frame went: a response comes from Modbus's.
void add_upper_pdu(const ports::CapturedFrame& frame, std::string_view dissector, base::Bytes& out) {
  Big big(out);
  add_tag(big, kTagDissector, dissector);
  add_tag(big, kTagPortType, kPortTypeTcp);
  add_tag(big, kTagSourcePort, std::uint32_t{frame.sent ? kGatewayPort : kModbusPort});
  add_tag(big, kTagTargetPort, std::uint32_t{frame.sent ? kModbusPort : kGatewayPort});
  big.u32(kTagEnd);
  big.bytes(frame.bytes);
}

void add_packet(const ports::CapturedFrame& frame, base::ByteView packet, base::WallTime wall_at_zero,
                base::Bytes& out) {
  const auto at = (wall_at_zero + frame.at.time_since_epoch()).time_since_epoch().count();
  constexpr std::int64_t kSecond = 1'000'000;
  const auto time = at > 0 ? at : 0;
  Big big(out);
  big.u32(static_cast<std::uint32_t>(time / kSecond));
  big.u32(static_cast<std::uint32_t>(time % kSecond));
  big.u32(static_cast<std::uint32_t>(packet.size()));
  big.u32(static_cast<std::uint32_t>(packet.size()));
  big.bytes(packet);
}

}  // namespace

base::Bytes to_pcap(std::span<const ports::CapturedFrame> frames, CaptureKind kind, base::WallTime wall_at_zero) {
  base::Bytes out;
  Big big(out);
  big.u32(kMagicMicroseconds);
  big.u16(2);
  big.u16(4);
  big.u32(0);
  big.u32(0);
  big.u32(kSnapLength);
  big.u32(kind == CaptureKind::modbus_tcp ? kLinkRaw : kLinkUpperPdu);
  Sequences sequences;
  std::uint16_t number = 0;
  base::Bytes packet;
  for (const auto& frame : frames) {
    packet.clear();
    if (kind == CaptureKind::modbus_tcp) {
      add_tcp(frame, sequences, ++number, packet);
    } else {
      add_upper_pdu(frame, kind == CaptureKind::modbus_rtu ? "mbrtu" : "data", packet);
    }
    add_packet(frame, packet, wall_at_zero, out);
  }
  return out;
}

}  // namespace wayside::bus
