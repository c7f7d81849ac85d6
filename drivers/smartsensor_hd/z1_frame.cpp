#include "smartsensor_hd/z1_frame.hpp"

#include "base/assert.hpp"
#include "common/intervals.hpp"

namespace wayside::drivers::z1 {

namespace {

constexpr std::size_t kHeader = 11;
constexpr std::size_t kSizeAt = 9;
constexpr std::size_t kIntervalBody = 45;
constexpr std::uint16_t kFirstBadOccupancy = 0x7FFF;

std::uint32_t number_at(base::ByteView b, std::size_t at, std::size_t width) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < width; ++i) number = number << 8U | b[at + i];
  return number;
}

// One bit "valid", 15 of a signed whole part, 8 of a fraction that has its sign.
std::optional<double> fixed24(base::ByteView b, std::size_t at) {
  if ((b[at] & 0x80U) == 0) return std::nullopt;
  const auto bits = static_cast<int>(number_at(b, at, 2) & 0x7FFFU);
  const int whole = bits >= 0x4000 ? bits - 0x8000 : bits;
  const double fraction = b[at + 2] / 256.0;
  return whole >= 0 ? whole + fraction : whole - fraction;
}

std::optional<std::int64_t> stamp_at(base::ByteView b, std::size_t at) {
  const auto date = number_at(b, at, 4);
  const auto time = number_at(b, at + 4, 4);
  const auto part = [](std::uint32_t word, unsigned shift, std::uint32_t mask) {
    return static_cast<int>(word >> shift & mask);
  };
  return seconds_of(part(date, 9, 0xFFF), part(date, 5, 0xF), part(date, 0, 0x1F), part(time, 22, 0x1F),
                    part(time, 16, 0x3F), part(time, 10, 0x3F));
}

bool is_header(base::ByteView h) { return h[0] == 'Z' && h[1] == '1' && crc8(h.first(10)) == h[10]; }

}  // namespace

const device::FrameProtocol kProtocol{"z1", &cut, &answers};

std::uint8_t crc8(base::ByteView bytes) {
  unsigned crc = 0;
  for (const auto byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x80U) != 0 ? (crc << 1U ^ 0x1CU) & 0xFFU : crc << 1U;
  }
  return static_cast<std::uint8_t>(crc);
}

device::Cut cut(std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto rest = bytes.subspan(at);
    if (rest[0] != 'Z' || (rest.size() > 1 && rest[1] != '1')) continue;
    if (rest.size() < kHeader) return {at, 0};
    const std::size_t body = rest[kSizeAt];
    if (!is_header(rest) || body < 3 || body > kMostBody) continue;
    const std::size_t size = kHeader + body + 1;
    if (rest.size() < size) return {at, 0};
    if (parse(rest.first(size))) return {at, size};
  }
  return {bytes.size(), 0};
}

bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame) {
  const auto answer = parse(frame);
  if (!answer) return false;
  const auto asked = parse(request);
  if (!asked) return true;
  return answer->from == asked->to && answer->to == asked->from && answer->message == asked->message &&
         (answer->type == asked->type || answer->type == kResult);
}

base::Bytes encode(std::uint16_t to, std::uint16_t from, std::uint8_t sequence, base::ByteView body) {
  WAYSIDE_ASSERT(body.size() >= 3 && body.size() <= kMostBody);
  base::Bytes bytes;
  bytes.reserve(kHeader + body.size() + 1);
  const auto low = [](std::uint16_t id) { return static_cast<std::uint8_t>(id); };
  const auto high = [](std::uint16_t id) { return static_cast<std::uint8_t>(id >> 8U); };
  for (const auto byte : {std::uint8_t{'Z'}, std::uint8_t{'1'}, std::uint8_t{0}, high(to), low(to), std::uint8_t{0},
                          high(from), low(from), sequence, static_cast<std::uint8_t>(body.size())}) {
    bytes.push_back(byte);
  }
  bytes.push_back(crc8(bytes));
  for (const auto byte : body) bytes.push_back(byte);
  bytes.push_back(crc8(body));
  return bytes;
}

base::Bytes ask_interval(std::uint16_t id) {
  // Argument: 24 bits, which interval; 0 is the newest.
  return encode(id, 0, 0, base::Bytes{kIntervalData, 0, kRead, 0, 0, 0});
}

std::optional<Packet> parse(base::ByteView bytes) {
  if (bytes.size() < kHeader + 4 || !is_header(bytes)) return std::nullopt;
  const std::size_t size = bytes[kSizeAt];
  if (size < 3 || size > kMostBody || bytes.size() != kHeader + size + 1) return std::nullopt;
  const auto body = bytes.subspan(kHeader, size);
  if (crc8(body) != bytes[kHeader + size]) return std::nullopt;
  return Packet{static_cast<std::uint16_t>(number_at(bytes, 3, 2)),
                static_cast<std::uint16_t>(number_at(bytes, 6, 2)),
                body[0],
                body[1],
                body[2],
                body};
}

std::optional<int> result_of(const Packet& packet) {
  if (packet.type != kResult || packet.body.size() != 5) return std::nullopt;
  return static_cast<int>(number_at(packet.body, 3, 2));
}

std::optional<LaneInterval> interval_of(const Packet& packet) {
  const auto b = packet.body;
  if (packet.message != kIntervalData || packet.type != kRead || b.size() != kIntervalBody) return std::nullopt;
  const auto stamp = stamp_at(b, 6);
  if (!stamp) return std::nullopt;
  LaneInterval lane;
  lane.lane = packet.sub;
  lane.number = number_at(b, 3, 3);
  lane.stamp = *stamp;
  lane.lanes = b[43];
  lane.approaches = b[44];
  lane.speed = fixed24(b, 14);
  lane.volume = number_at(b, 17, 3);
  const auto occupancy = static_cast<std::uint16_t>(number_at(b, 20, 2));
  if (occupancy < kFirstBadOccupancy) lane.occupancy = occupancy;
  for (std::size_t i = 0; i < lane.classes.size(); ++i) lane.classes[i] = number_at(b, 22 + 3 * i, 3);
  lane.speed85 = fixed24(b, 34);
  lane.headway = number_at(b, 37, 3);
  lane.gap = number_at(b, 40, 3);
  return lane;
}

}  // namespace wayside::drivers::z1
