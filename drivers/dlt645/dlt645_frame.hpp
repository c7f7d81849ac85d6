// Frames of DL/T 645-2007: 68, address (6 bytes BCD, low byte first), 68, control, length, data, sum, 16; before it up
// to four FE that wake the other side up. Each byte of data is sent with 33 added. Pure functions; any thread.
//
// Control: bit 7 an answer, bit 6 an error, bit 5 more frames follow, bits 4-0 the function. Sources: the standard as
// public implementations and vendors' copies of it show it; the published exchanges are in the tests.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers::dlt645 {

inline constexpr std::size_t kAddressBytes = 6;
inline constexpr std::size_t kMostData = 200;  // the standard's limit of an answer
inline constexpr std::size_t kMostWakeUp = 4;

inline constexpr std::uint8_t kRead = 0x11;
inline constexpr std::uint8_t kReadFollowing = 0x12;
inline constexpr std::uint8_t kReadAddress = 0x13;

struct Frame {
  base::Bytes address;  // as sent
  std::uint8_t control = 0;
  base::Bytes data;  // without the 33

  [[nodiscard]] bool is_answer() const { return (control & 0x80U) != 0; }
  [[nodiscard]] bool is_error() const { return (control & 0x40U) != 0; }
  [[nodiscard]] bool has_more() const { return (control & 0x20U) != 0; }
  [[nodiscard]] std::uint8_t function() const { return control & 0x1FU; }
};

// The data identifier in front of the data; none if they are shorter.
[[nodiscard]] std::optional<std::uint32_t> identifier(const Frame& frame);

[[nodiscard]] device::Cut cut(base::ByteView bytes);

// Exactly one frame, wake-up bytes or noise before it aside; none: anything else.
[[nodiscard]] std::optional<Frame> parse(base::ByteView bytes);

// Requires: frame.data.size() <= kMostData, wake_up <= kMostWakeUp.
[[nodiscard]] base::Bytes encode(const Frame& frame, std::size_t wake_up);

[[nodiscard]] base::Bytes encode_read(base::ByteView address, std::uint32_t id, std::size_t wake_up);
// sequence: 1 for the frame after the first, and so on.
[[nodiscard]] base::Bytes encode_read_following(base::ByteView address, std::uint32_t id, std::uint8_t sequence,
                                                std::size_t wake_up);

[[nodiscard]] bool answers(base::ByteView request, base::ByteView frame);

inline constexpr device::FrameProtocol kProtocol{"dlt645", &cut, &answers};

}  // namespace wayside::drivers::dlt645
