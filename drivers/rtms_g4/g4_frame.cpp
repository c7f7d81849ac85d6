#include "rtms_g4/g4_frame.hpp"

#include "base/assert.hpp"
#include "common/intervals.hpp"

namespace wayside::drivers::g4 {

namespace {

constexpr std::uint8_t kFirst = 0xFF;
constexpr std::uint8_t kSecond = 0xAA;
constexpr std::size_t kAround = 8;  // sentinel, qualifier, length, id, checksum
constexpr std::size_t kHeaderSize = 22;

std::uint16_t u16_at(base::ByteView b, std::size_t at) { return static_cast<std::uint16_t>(b[at] << 8U | b[at + 1]); }

std::uint16_t sum_of(base::ByteView bytes) {
  std::uint16_t sum = 0;
  for (const auto byte : bytes) sum = static_cast<std::uint16_t>(sum + byte);
  return sum;
}

bool is_whole(base::ByteView f) {
  if (f.size() < kAround || f[0] != kFirst || f[1] != kSecond || f[3] < 2) return false;
  return f.size() == f[3] + 6U && sum_of(f.subspan(4, f[3])) == u16_at(f, f.size() - 2);
}

std::optional<int> bcd(std::uint8_t byte) {
  const int high = byte >> 4U;
  const int low = byte & 0x0F;
  return high < 10 && low < 10 ? std::optional(high * 10 + low) : std::nullopt;
}

// s, min, h, day of the week, day, month, year of this century; a day of the week is no news.
std::optional<std::int64_t> stamp_of(base::ByteView seven) {
  std::array<int, 7> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto part = bcd(seven[i]);
    if (!part) return std::nullopt;
    parts[i] = *part;
  }
  return seconds_of(2000 + parts[6], parts[5], parts[4], parts[2], parts[1], parts[0]);
}

std::optional<Header> header_of(base::ByteView data) {
  if (data.size() != kHeaderSize) return std::nullopt;
  Header h;
  h.number = data[0];
  h.flags = data[3];
  h.stamp = stamp_of(data.subspan(4, 7));
  h.zones = data[11] & 0x0FU;
  h.period = u16_at(data, 13);
  h.volts = data[15];
  h.health = data[16];
  const bool sane = h.zones <= kMostZones && h.period > 0;
  return sane ? std::optional(h) : std::nullopt;
}

}  // namespace

const device::FrameProtocol kProtocol{"rtms-g4", &cut, &answers};

device::Cut cut(std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto rest = bytes.subspan(at);
    if (rest[0] != kFirst || (rest.size() > 1 && rest[1] != kSecond)) continue;
    if (rest.size() > 3 && rest[3] < 2) continue;
    if (rest.size() < 4 || rest.size() < rest[3] + 6U) return {at, 0};
    const std::size_t size = rest[3] + 6U;
    if (is_whole(rest.first(size))) return {at, size};
  }
  return {bytes.size(), 0};
}

bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame) {
  const auto answer = parse(frame);
  // Our own question is no answer, should the line echo it.
  if (!answer || answer->qualifier == kStatPoll) return false;
  const auto asked = parse(request);
  return !asked || asked->id == answer->id;
}

base::Bytes encode(std::uint8_t qualifier, std::uint16_t id, base::ByteView data) {
  WAYSIDE_ASSERT(data.size() <= 253);
  base::Bytes frame;
  frame.reserve(data.size() + kAround);
  for (const auto byte : {kFirst, kSecond, qualifier, static_cast<std::uint8_t>(data.size() + 2),
                          static_cast<std::uint8_t>(id >> 8U), static_cast<std::uint8_t>(id)}) {
    frame.push_back(byte);
  }
  for (const auto byte : data) frame.push_back(byte);
  const auto sum = sum_of(base::ByteView(frame).subspan(4));
  frame.push_back(static_cast<std::uint8_t>(sum >> 8U));
  frame.push_back(static_cast<std::uint8_t>(sum));
  return frame;
}

base::Bytes stat_poll(std::uint16_t id) { return encode(kStatPoll, id, base::Bytes{0}); }

std::optional<Frame> parse(base::ByteView bytes) {
  if (!is_whole(bytes)) return std::nullopt;
  return Frame{bytes[2], u16_at(bytes, 4), bytes.subspan(6, bytes.size() - kAround)};
}

std::optional<Statistics> gather(std::span<const base::Bytes> frames, std::uint16_t id) {
  std::optional<Statistics> found;
  for (const auto& bytes : frames) {
    const auto frame = parse(bytes);
    if (!frame || frame->id != id) return std::nullopt;
    if (frame->qualifier == kStatHeader) {
      const auto header = header_of(frame->data);
      if (found || !header) return std::nullopt;
      found = Statistics{*header, {}};
      continue;
    }
    if (!found) return std::nullopt;
    if (frame->qualifier == kStatFooter) {
      return frame->data.size() == 1 && frame->data[0] == found->header.number ? found : std::nullopt;
    }
    if (frame->data.size() != found->header.zones * 2) return std::nullopt;
    std::vector<std::uint16_t> values;
    for (std::size_t i = 0; i < frame->data.size(); i += 2) values.push_back(u16_at(frame->data, i));
    if (!found->by_qualifier.emplace(frame->qualifier, std::move(values)).second) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace wayside::drivers::g4
