// The command language of HBK (HBM) FS22 Industrial BraggMETER interrogators: lines of ASCII over TCP, port 3500
// (user manual FS22 SI A4249-8.0 pages 53 and 64, FS22 DI pages 19 and 33). Pure functions; any thread.
//
//   :ACQU:WAVE:CHAN:1?  ->  :ACK:1523.6573, 1554.0709, 1566.7846     nm, ends with CR LF
//   an error            ->  :NACK:INVALID COMMAND and others
//
// The answer does not say what was asked: an answer that comes too late cannot be told from the right one.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers::fs22 {

// More peaks than an optical channel can hold: 100 nm at one each 0.5 nm.
inline constexpr std::size_t kMostPeaks = 200;

[[nodiscard]] device::Cut cut(std::span<const std::uint8_t> bytes);
[[nodiscard]] bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame);

// Requires: 0 <= channel <= 9.
[[nodiscard]] base::Bytes ask_wavelengths(int channel);

enum class Answer { wavelengths, refused, unreadable };

struct Wavelengths {
  Answer answer = Answer::unreadable;
  std::vector<double> nm;  // ascending
  std::string refusal;     // after ":NACK:"
};
[[nodiscard]] Wavelengths parse(base::ByteView frame);

extern const device::FrameProtocol kProtocol;

}  // namespace wayside::drivers::fs22
