// Frames of CJ/T 188-2004: 68, type of meter, address (7 bytes BCD, low byte first), control, length, data, sum, 16;
// before it up to four FE that wake the other side up. Pure functions; any thread.
//
// Data of a read and of its answer: identifier (2 bytes; makers differ in which comes first), SER (a number the meter
// repeats), values. Control: bit 7 an answer, bit 6 an error. Sources: the standard as public implementations and
// vendors' pages show it; a published exchange is in the tests. That an error answer begins with SER is taken from the
// standard's text by hearsay: not seen on a wire.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers::cjt188 {

inline constexpr std::size_t kAddressBytes = 7;
inline constexpr std::size_t kMostData = 100;  // the standard's limit of an answer (64 hexadecimal)
inline constexpr std::size_t kMostWakeUp = 4;
// Types of meter: 10..19 water, 20..29 heat, 30..39 gas, 40..49 others (hexadecimal).
inline constexpr std::uint8_t kFirstType = 0x10;
inline constexpr std::uint8_t kLastType = 0x49;

inline constexpr std::uint8_t kRead = 0x01;
inline constexpr std::size_t kHeadBytes = 3;  // of the data: identifier and SER

struct Frame {
  std::uint8_t type = kFirstType;
  base::Bytes address;  // as sent
  std::uint8_t control = 0;
  base::Bytes data;

  [[nodiscard]] bool is_answer() const { return (control & 0x80U) != 0; }
  [[nodiscard]] bool is_error() const { return (control & 0x40U) != 0; }
  [[nodiscard]] std::uint8_t function() const { return control & 0x3FU; }
};

// Whether the data begin with this identifier, whichever of its bytes came first.
[[nodiscard]] bool has_identifier(const Frame& frame, std::uint16_t id);

[[nodiscard]] device::Cut cut(base::ByteView bytes);

// Exactly one frame, wake-up bytes or noise before it aside; none: anything else.
[[nodiscard]] std::optional<Frame> parse(base::ByteView bytes);

// Requires: frame.data.size() <= kMostData, wake_up <= kMostWakeUp.
[[nodiscard]] base::Bytes encode(const Frame& frame, std::size_t wake_up);

// Which meter, and how it is spoken to.
struct Target {
  std::uint8_t type = kFirstType;
  base::Bytes address;
  bool low_first = true;  // the low byte of the identifier goes first (1F 90)
  std::size_t wake_up = kMostWakeUp;
};
[[nodiscard]] base::Bytes encode_read(const Target& target, std::uint16_t id, std::uint8_t ser);

[[nodiscard]] bool answers(base::ByteView request, base::ByteView frame);

inline constexpr device::FrameProtocol kProtocol{"cjt188", &cut, &answers};

}  // namespace wayside::drivers::cjt188
