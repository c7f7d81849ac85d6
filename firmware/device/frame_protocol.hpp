// Protocols of frames of bytes (what is not Modbus: meters, traffic detectors, interrogators), as pure functions.
// A driver family names its FrameProtocol; the bus uses it to cut frames out of what it receives and to tell the
// answer to a request from everything else. Constant; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wayside::device {

// A frame longer than this is no frame: a cutter that needs more than that many bytes must skip instead.
inline constexpr std::size_t kMostFrameBytes = 4096;

// The first frame in the bytes received so far: `skip` bytes of noise before it, then `size` bytes of frame, whose
// checksum holds. size == 0: not complete yet; what is skipped is dropped all the same.
// Invariant: skip + size <= bytes.size(). A cutter makes progress: with kMostFrameBytes it skips or cuts.
struct Cut {
  std::size_t skip = 0;
  std::size_t size = 0;
};

struct FrameProtocol {
  std::string_view name;  // "dlt645"
  Cut (*cut)(std::span<const std::uint8_t> bytes);
  // Whether `frame` can be the answer to `request` (address, function, identifier). What is not is counted as foreign
  // or late and dropped. An empty request (waiting for a further frame, or listening) asks for any frame of the device:
  // then `request` is the last one sent, empty if none was.
  bool (*answers)(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame);
};

}  // namespace wayside::device
