#include "adec_tdc/ft12_frame.hpp"

#include <numeric>

#include "base/assert.hpp"

namespace wayside::drivers::ft12 {

namespace {

constexpr std::uint8_t kShort = 0x10;
constexpr std::uint8_t kLong = 0x68;
constexpr std::uint8_t kEnd = 0x16;
constexpr std::size_t kShortSize = 5;
constexpr std::size_t kAroundLong = 6;  // 68 L L 68, SUM, 16
constexpr std::size_t kMostVehicles = 4;
constexpr std::size_t kVehiclesAt = 5;  // after status and lifetime count

std::uint8_t sum_of(base::ByteView bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), std::uint8_t{0},
                         [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a + b); });
}

std::uint16_t u16_at(base::ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

bool is_whole_short(base::ByteView f) {
  return f.size() == kShortSize && f[0] == kShort && f[4] == kEnd && sum_of(f.subspan(1, 2)) == f[3];
}

bool is_whole_long(base::ByteView f) {
  if (f.size() < kAroundLong + 2 || f[0] != kLong || f[3] != kLong || f[1] != f[2]) return false;
  const std::size_t length = f[1];
  return f.size() == length + kAroundLong && f[length + 5] == kEnd && sum_of(f.subspan(4, length)) == f[length + 4];
}

enum class Found { frame, no_frame, needs_more };

struct Look {
  Found found = Found::no_frame;
  std::size_t size = 1;  // of the frame, or of what can be skipped as no frame
};

Look look_long(base::ByteView rest) {
  if (rest.size() > 1 && rest[1] < 2) return {};
  if (rest.size() > 2 && rest[2] != rest[1]) return {};
  if (rest.size() > 3 && rest[3] != kLong) return {};
  if (rest.size() < 4) return {Found::needs_more, 0};
  const std::size_t size = rest[1] + kAroundLong;
  if (rest.size() < size) return {Found::needs_more, 0};
  // The head was certain (its length stands twice), so a damaged frame is skipped as a whole: an E5 among its data is
  // no answer. If the end is not where it should be, bytes are missing and the next frame may have begun: look at it.
  if (is_whole_long(rest.first(size))) return {Found::frame, size};
  return {Found::no_frame, rest[size - 1] == kEnd ? size : 4};
}

Look look(base::ByteView rest) {
  switch (rest[0]) {
    case kNoData: return {Found::frame, 1};
    case kShort:
      if (rest.size() < kShortSize) return {Found::needs_more, 0};
      return is_whole_short(rest.first(kShortSize)) ? Look{Found::frame, kShortSize} : Look{};
    case kLong: return look_long(rest);
    default: return {};
  }
}

Vehicle vehicle_of(base::ByteView v) {
  Vehicle vehicle{v[0], v[1], u16_at(v, 2), u16_at(v, 4), std::nullopt};
  if (v.size() >= 7) vehicle.length = v[6];
  return vehicle;
}

}  // namespace

const device::FrameProtocol kProtocol{"ft12-adec", &cut, &answers};

device::Cut cut(std::span<const std::uint8_t> bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto seen = look(bytes.subspan(at));
    if (seen.found == Found::frame) return {at, seen.size};
    if (seen.found == Found::needs_more) break;
    at += seen.size;
  }
  return {at, 0};
}

bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame) {
  const bool single = frame.size() == 1 && frame[0] == kNoData;
  const auto answer = parse_long(frame);
  if (!is_whole_short(request)) return single || answer.has_value();
  const auto asked = static_cast<std::uint8_t>(request[1] & 0x0FU);
  if (single) return asked != static_cast<std::uint8_t>(Function::status);
  if (!answer || answer->address != request[2]) return false;
  if (asked == static_cast<std::uint8_t>(Function::status)) return answer->control == kStatusAnswer;
  if (asked != static_cast<std::uint8_t>(Function::vehicles)) return false;
  return answer->control == asked || answer->control == kSitosAnswer;
}

base::Bytes encode_short(std::uint8_t control, std::uint8_t address) {
  return {kShort, control, address, static_cast<std::uint8_t>(control + address), kEnd};
}

base::Bytes encode_long(std::uint8_t control, std::uint8_t address, base::ByteView data) {
  WAYSIDE_ASSERT(data.size() <= 253);
  const auto length = static_cast<std::uint8_t>(2 + data.size());
  base::Bytes frame;
  frame.reserve(data.size() + kAroundLong + 2);
  for (const auto byte : {kLong, length, length, kLong, control, address}) frame.push_back(byte);
  for (const auto byte : data) frame.push_back(byte);
  frame.push_back(sum_of(base::ByteView(frame).subspan(4)));
  frame.push_back(kEnd);
  return frame;
}

base::Bytes request(Function function, std::uint8_t address, bool count_bit) {
  auto control = static_cast<std::uint8_t>(kPrimary | static_cast<std::uint8_t>(function));
  if (function == Function::vehicles) control |= kCountValid | (count_bit ? kCountBit : 0);
  return encode_short(control, address);
}

std::optional<LongFrame> parse_long(base::ByteView frame) {
  if (!is_whole_long(frame)) return std::nullopt;
  return LongFrame{frame[4], frame[5], frame.subspan(6, frame.size() - kAroundLong - 2)};
}

std::optional<VehicleData> parse_vehicles(base::ByteView data, std::size_t vehicle_size) {
  if (data.empty()) return std::nullopt;
  VehicleData result;
  result.status = data[0];
  if (data.size() == 1) return result;
  if (data.size() <= kVehiclesAt) return std::nullopt;
  const auto rest = data.subspan(kVehiclesAt);
  const std::size_t count = rest.size() / vehicle_size;
  if (rest.size() % vehicle_size != 0 || count > kMostVehicles) return std::nullopt;
  result.lifetime = static_cast<std::uint32_t>(u16_at(data, 1)) << 16U | u16_at(data, 3);
  for (std::size_t i = 0; i < count; ++i) {
    result.vehicles.push_back(vehicle_of(rest.subspan(i * vehicle_size, vehicle_size)));
  }
  return result;
}

}  // namespace wayside::drivers::ft12
