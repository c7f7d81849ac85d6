// Frames of the RTMS G4 radar (facts as in the public driver of MnDOT IRIS; the sums that the maker's guide C-2 names).
// Pure functions; any thread.
//
//   FF AA  qualifier  length  id (2)  data...  checksum (2)     big-endian; length = data + 2,
//                                                               checksum = sum of the bytes of id and data
//
// STAT_POLL is answered by a header, one frame a quantity with two bytes a zone, and a footer with the same number.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers::g4 {

inline constexpr std::uint8_t kStatPoll = 0x53;
inline constexpr std::uint8_t kStatHeader = 0x80;
inline constexpr std::uint8_t kStatFooter = 0x81;
inline constexpr std::size_t kMostZones = 12;
inline constexpr std::size_t kMostFrames = 32;  // of one answer; there are about fifteen

[[nodiscard]] device::Cut cut(std::span<const std::uint8_t> bytes);
[[nodiscard]] bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame);

// Requires: data.size() <= 253.
[[nodiscard]] base::Bytes encode(std::uint8_t qualifier, std::uint16_t id, base::ByteView data);
[[nodiscard]] base::Bytes stat_poll(std::uint16_t id);

struct Frame {
  std::uint8_t qualifier = 0;
  std::uint16_t id = 0;
  base::ByteView data;  // into the bytes
};
[[nodiscard]] std::optional<Frame> parse(base::ByteView bytes);

struct Header {
  std::uint8_t number = 0;            // one more with each interval, wraps
  std::uint8_t flags = 0;             // bit 0: speeds in mph
  std::optional<std::int64_t> stamp;  // seconds, of the sensor's clock; none: it shows no date
  std::size_t zones = 0;
  std::uint16_t period = 0;  // s
  std::uint8_t volts = 0;    // 0.1 V
  std::uint8_t health = 0;
};

struct Statistics {
  Header header;
  std::map<std::uint8_t, std::vector<std::uint16_t>> by_qualifier;  // one value a zone
};
// All frames of one answer, of one sensor. None: no header, no footer with its number, a frame of another size than
// the zones are many, or one twice.
[[nodiscard]] std::optional<Statistics> gather(std::span<const base::Bytes> frames, std::uint16_t id);

extern const device::FrameProtocol kProtocol;

}  // namespace wayside::drivers::g4
