// Packets of the protocol "Z1" of Wavetronix SmartSensor HD (facts as in the public driver of MnDOT IRIS). Pure
// functions; any thread.
//
//   'Z' '1'  to: subnet, id (2)  from: subnet, id (2)  sequence  body size  CRC     header, 11 bytes
//   message id, sub id, type, payload..., CRC                                       body size without its CRC
//
// Big-endian. CRC: 8 bits, polynomial 0x1C, start 0, not reflected; over the header's ten bytes and over the body.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers::z1 {

inline constexpr std::uint8_t kIntervalData = 0x71;
inline constexpr std::uint8_t kRead = 0;
inline constexpr std::uint8_t kResult = 2;
inline constexpr std::size_t kMostBody = 244;
inline constexpr std::size_t kMostPackets = 40;  // of one answer: 10 lanes, and approaches

[[nodiscard]] std::uint8_t crc8(base::ByteView bytes);
[[nodiscard]] device::Cut cut(std::span<const std::uint8_t> bytes);
[[nodiscard]] bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame);

// Requires: 3 <= body.size() <= kMostBody.
[[nodiscard]] base::Bytes encode(std::uint16_t to, std::uint16_t from, std::uint8_t sequence, base::ByteView body);
// The newest interval.
[[nodiscard]] base::Bytes ask_interval(std::uint16_t id);

struct Packet {
  std::uint16_t to = 0;
  std::uint16_t from = 0;
  std::uint8_t message = 0;
  std::uint8_t sub = 0;
  std::uint8_t type = 0;
  base::ByteView body;  // from the message id on, without CRC; into the bytes
};
[[nodiscard]] std::optional<Packet> parse(base::ByteView bytes);

// A refusal: 15 no such interval, 16 no such lane, 17 and 23 flash busy, ...
[[nodiscard]] std::optional<int> result_of(const Packet& packet);

// Of one lane over one interval; none: the sensor marks it as not valid.
struct LaneInterval {
  std::size_t lane = 0;  // from 0; approaches follow after the lanes
  std::uint32_t number = 0;
  std::int64_t stamp = 0;  // end of the interval, seconds since 1970 by the sensor's clock (UTC)
  std::size_t lanes = 0;
  std::size_t approaches = 0;
  std::optional<double> speed;  // in the unit that is set up in the sensor
  std::optional<double> speed85;
  std::uint32_t volume = 0;
  std::optional<std::uint16_t> occupancy;  // percent x 256
  std::array<std::uint32_t, 4> classes{};
  std::uint32_t headway = 0;  // ms [?]
  std::uint32_t gap = 0;      // ms [?]
};
// None: another message, another size, no date.
[[nodiscard]] std::optional<LaneInterval> interval_of(const Packet& packet);

extern const device::FrameProtocol kProtocol;

}  // namespace wayside::drivers::z1
