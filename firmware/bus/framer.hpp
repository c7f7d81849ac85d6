// Cuts the frames of Modbus out of a stream of bytes. Pure: bytes in; a frame, "need more" or an error out. Any thread.
// RTU: Modbus over serial line V1.02, 2.5.1 (unit, PDU, CRC-16 low byte first). Its frames carry no length: it follows
// from the function code and the byte count. TCP: Modbus messaging on TCP/IP V1.0b, 3.1.3 (MBAP header).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace wayside::bus {

inline constexpr std::size_t kMostRtuBytes = 256;  // of one frame
inline constexpr std::size_t kMbapHeader = 7;      // with the unit
inline constexpr std::size_t kMbapShortest = 2;    // unit and function
inline constexpr std::size_t kMbapLongest = 254;   // unit and the longest PDU

// Polynomial 0xA001 reflected, start 0xFFFF (V1.02, 6.2.2): of "123456789" 0x4B37.
[[nodiscard]] std::uint16_t crc16(base::ByteView bytes);
void append_crc(base::Bytes& frame, std::size_t start = 0);

enum class Direction { request, response };

// Whole length of the RTU frame that begins here; 0: too few bytes to tell; none: no frame begins here (a function
// that this gateway never uses, or longer than a frame can be).
[[nodiscard]] std::optional<std::size_t> rtu_size(base::ByteView bytes, Direction direction);

// The answer being waited for.
struct AwaitedRtu {
  std::uint8_t unit = 0;
  std::uint8_t function = 0;
  std::size_t size = 0;  // of the whole frame, 5 at least; an exception has 5 bytes
};

// The first frame in the bytes: `skip` bytes of noise, then `size` bytes of frame. size == 0: need more.
struct RtuCut {
  std::size_t skip = 0;
  std::size_t size = 0;
  bool bad_checksum = false;  // it begins as the awaited answer and is complete, but its checksum does not hold
};

// Looks for frames at every offset, so that it finds the next one after noise. The head of the awaited answer is
// believed until it is complete; any other frame counts only once it is complete and its checksum holds, so what
// merely looks like a head never blocks. With `awaited` null all frames are of that other kind.
// Invariant: skip + size <= bytes.size(); what needs more is never longer than kMostRtuBytes - 1.
[[nodiscard]] RtuCut cut_rtu(base::ByteView bytes, const AwaitedRtu* awaited,
                             Direction direction = Direction::response);

struct MbapCut {
  std::size_t size = 0;  // of the whole frame; 0: need more
  bool broken = false;   // no Modbus TCP (protocol number or length): nothing after it can be trusted, close it
};

[[nodiscard]] MbapCut cut_mbap(base::ByteView bytes);

// MBAP fields of a frame of cut_mbap (or its own request).
[[nodiscard]] std::uint16_t mbap_transaction(base::ByteView frame);

// Begins an MBAP frame in `out`; close_mbap writes its length when the PDU has been appended.
void open_mbap(base::Bytes& out, std::uint16_t transaction, std::uint8_t unit);
void close_mbap(base::Bytes& out);

// Every cutter over any bytes, with their invariants asserted: the body of a fuzz target.
void exercise_framers(base::ByteView bytes);

}  // namespace wayside::bus
