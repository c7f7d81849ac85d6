// What the frames of Chinese meters have in common (DL/T 645, CJ/T 188): they begin with 68 and end with 16, have a sum
// of their bytes before the end, addresses and values in BCD, low byte first. Pure functions; any thread.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers {

inline constexpr std::uint8_t kFrameStart = 0x68;
inline constexpr std::uint8_t kFrameEnd = 0x16;
inline constexpr std::uint8_t kWakeUp = 0xFE;
// In an address: any. Alone in a request: the only meter of the line.
inline constexpr std::uint8_t kAnyAddress = 0xAA;

[[nodiscard]] inline std::uint8_t sum_of(base::ByteView bytes) {
  return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0U));
}

// The start of a frame that bytes from a 68 on may be. size: of the whole frame; 0: not known yet.
enum class Fit { none, incomplete, whole };
struct Candidate {
  Fit fit = Fit::none;
  std::size_t size = 0;
};

// Whether the frame of `size` bytes at the start of `bytes` has its end and its sum. Requires: size >= 3.
[[nodiscard]] inline Candidate candidate_of(base::ByteView bytes, std::size_t size) {
  if (bytes.size() < size) return {Fit::incomplete, size};
  const bool good = bytes[size - 1] == kFrameEnd && bytes[size - 2] == sum_of(bytes.first(size - 2));
  return good ? Candidate{Fit::whole, size} : Candidate{};
}

// The first whole frame wins, even where an earlier 68 could still become one: a 68 in noise must not wait for the good
// frame behind it to be swallowed. (That an unfinished frame carries a whole one in its data, sum and all, is less
// likely than that noise by orders of magnitude.) Without one, all before the first possible start is noise.
template <class Measure>
[[nodiscard]] device::Cut cut_first(base::ByteView bytes, Measure measure) {
  std::optional<std::size_t> waiting;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] != kFrameStart) continue;
    const Candidate found = measure(bytes.subspan(at));
    if (found.fit == Fit::whole) return {at, found.size};
    if (found.fit == Fit::incomplete && !waiting) waiting = at;
  }
  return {waiting.value_or(bytes.size()), 0};
}

// BCD, low byte first, at most 8 bytes; none if a nibble is above 9.
[[nodiscard]] inline std::optional<std::int64_t> from_bcd(base::ByteView bytes) {
  std::int64_t value = 0;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    if (*byte >> 4U > 9 || (*byte & 0x0FU) > 9) return std::nullopt;
    value = value * 100 + (*byte >> 4U) * 10 + (*byte & 0x0FU);
  }
  return value;
}

[[nodiscard]] inline bool is_all(base::ByteView bytes, std::uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [value](std::uint8_t byte) { return byte == value; });
}

// The address of a name plate (exactly 2 * size digits) as it stands in a frame; "auto": any. None: neither.
[[nodiscard]] inline std::optional<base::Bytes> address_bytes(std::string_view text, std::size_t size) {
  if (text == "auto") return base::Bytes(size, kAnyAddress);
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.size() != 2 * size || !digits) return std::nullopt;
  auto bytes = base::from_hex(text);
  if (bytes) std::reverse(bytes->begin(), bytes->end());
  return bytes;
}

// Whether a meter with the address `from` may answer a request to `to`.
[[nodiscard]] inline bool address_answers(base::ByteView to, base::ByteView from) {
  return std::equal(to.begin(), to.end(), from.begin(), from.end(),
                    [](std::uint8_t t, std::uint8_t f) { return t == kAnyAddress || t == f; });
}

}  // namespace wayside::drivers
