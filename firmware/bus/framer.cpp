#include "bus/framer.hpp"

#include <array>

#include "base/assert.hpp"
#include "bus/modbus_pdu.hpp"

namespace wayside::bus {
namespace {

constexpr std::size_t kExceptionFrame = 5;
constexpr std::size_t kFixedFrame = 8;  // unit, function, two words, checksum

constexpr std::array<std::uint16_t, 256> make_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr auto kTable = make_table();

bool checksum_holds(base::ByteView frame) {
  const std::size_t body = frame.size() - 2;
  const unsigned sent = frame[body] | (unsigned{frame[body + 1]} << 8U);
  return crc16(frame.first(body)) == sent;
}

// The size of a frame with a byte count at `at` and `around` bytes besides what it counts.
std::optional<std::size_t> counted(base::ByteView bytes, std::size_t at, std::size_t around) {
  if (bytes.size() <= at) return 0;
  const std::size_t size = around + bytes[at];
  return size <= kMostRtuBytes ? std::optional(size) : std::nullopt;
}

std::optional<std::size_t> response_size(base::ByteView bytes, std::uint8_t function) {
  if (function >= 1 && function <= 4) return counted(bytes, 2, 5);
  if (function == 5 || function == 6 || function == 15 || function == 16) return kFixedFrame;
  const std::uint8_t failed = function & 0x7FU;
  const bool known = (failed >= 1 && failed <= 6) || failed == 15 || failed == 16;
  return function >= kExceptionBit && known ? std::optional(kExceptionFrame) : std::nullopt;
}

std::optional<std::size_t> request_size(base::ByteView bytes, std::uint8_t function) {
  if (function >= 1 && function <= 6) return kFixedFrame;
  if (function == 15 || function == 16) return counted(bytes, 6, 9);
  return std::nullopt;
}

// Whether these bytes begin as the awaited answer does, and how long that is.
std::optional<std::size_t> awaited_size(base::ByteView bytes, const AwaitedRtu* awaited) {
  if (awaited == nullptr || bytes[0] != awaited->unit) return std::nullopt;
  if (bytes.size() < 2) return awaited->size;
  if (bytes[1] == (awaited->function | kExceptionBit)) return kExceptionFrame;
  if (bytes[1] != awaited->function) return std::nullopt;
  // A read: its byte count is known as well. The last byte of noise must not be taken for a unit for long.
  const auto size = rtu_size(bytes, Direction::response);
  if (!size || (*size != 0 && *size != awaited->size)) return std::nullopt;
  return awaited->size;
}

}  // namespace

std::uint16_t crc16(base::ByteView bytes) {
  unsigned crc = 0xFFFF;
  for (const auto byte : bytes) crc = (crc >> 8U) ^ kTable[(crc ^ byte) & 0xFFU];
  return static_cast<std::uint16_t>(crc);
}

void append_crc(base::Bytes& frame, std::size_t start) {
  const auto crc = crc16(base::ByteView(frame).subspan(start));
  frame.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8U));
}

std::optional<std::size_t> rtu_size(base::ByteView bytes, Direction direction) {
  if (bytes.size() < 2) return 0;
  return direction == Direction::response ? response_size(bytes, bytes[1]) : request_size(bytes, bytes[1]);
}

RtuCut cut_rtu(base::ByteView bytes, const AwaitedRtu* awaited, Direction direction) {
  std::optional<std::size_t> incomplete;  // the first offset at which a frame may still grow
  std::optional<RtuCut> spoiled;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto rest = bytes.subspan(at);
    if (const auto size = awaited_size(rest, awaited)) {
      if (rest.size() < *size) {
        // After a spoiled answer one or two bytes more are rather its own than the head of another.
        if (spoiled && rest.size() <= 2) continue;
        return {at, 0, false};
      }
      if (checksum_holds(rest.first(*size))) return {at, *size, false};
      if (!spoiled) spoiled = RtuCut{at, *size, true};
      continue;
    }
    const auto size = rtu_size(rest, direction);
    if (!size) continue;
    if (*size == 0 || rest.size() < *size) {
      if (!incomplete) incomplete = at;
    } else if (checksum_holds(rest.first(*size))) {
      return {at, *size, false};
    }
  }
  if (spoiled) return *spoiled;
  return {incomplete.value_or(bytes.size()), 0, false};
}

MbapCut cut_mbap(base::ByteView bytes) {
  constexpr std::size_t kBeforeUnit = kMbapHeader - 1;
  if (bytes.size() > 2 && bytes[2] != 0) return {0, true};
  if (bytes.size() > 3 && bytes[3] != 0) return {0, true};
  if (bytes.size() < kBeforeUnit) return {};
  const std::size_t length = (std::size_t{bytes[4]} << 8U) | bytes[5];
  if (length < kMbapShortest || length > kMbapLongest) return {0, true};
  return {bytes.size() < kBeforeUnit + length ? 0 : kBeforeUnit + length, false};
}

std::uint16_t mbap_transaction(base::ByteView frame) {
  return static_cast<std::uint16_t>((unsigned{frame[0]} << 8U) | frame[1]);
}

void open_mbap(base::Bytes& out, std::uint16_t transaction, std::uint8_t unit) {
  const auto high = static_cast<std::uint8_t>(transaction >> 8U);
  out.assign({high, static_cast<std::uint8_t>(transaction & 0xFFU), 0, 0, 0, 0, unit});
}

void close_mbap(base::Bytes& out) {
  const std::size_t length = out.size() - (kMbapHeader - 1);
  WAYSIDE_ASSERT(length >= kMbapShortest && length <= kMbapLongest);
  out[5] = static_cast<std::uint8_t>(length);
}

void exercise_framers(base::ByteView bytes) {
  for (auto rest = bytes;;) {
    const auto cut = cut_mbap(rest);
    WAYSIDE_ASSERT(cut.size <= rest.size() && !(cut.broken && cut.size != 0));
    if (cut.size == 0) break;
    rest = rest.subspan(cut.size);
  }
  AwaitedRtu awaited{0, 0, kExceptionFrame};
  if (bytes.size() > 2) awaited = {bytes[0], bytes[1], std::size_t{5} + bytes[2]};
  for (const auto* expected : {static_cast<const AwaitedRtu*>(nullptr), static_cast<const AwaitedRtu*>(&awaited)}) {
    for (const auto direction : {Direction::request, Direction::response}) {
      for (auto rest = bytes;;) {
        const auto cut = cut_rtu(rest, expected, direction);
        WAYSIDE_ASSERT(cut.skip + cut.size <= rest.size());
        WAYSIDE_ASSERT(cut.bad_checksum || cut.size == 0 || checksum_holds(rest.subspan(cut.skip, cut.size)));
        rest = rest.subspan(cut.skip + cut.size);
        if (cut.size == 0) break;
      }
    }
  }
}

}  // namespace wayside::bus
