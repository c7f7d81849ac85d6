#include "cjt188/cjt188_frame.hpp"

#include "base/assert.hpp"
#include "common/meter_bytes.hpp"

namespace wayside::drivers::cjt188 {

namespace {

constexpr std::size_t kType = 1;
constexpr std::size_t kAddress = 2;
constexpr std::size_t kControl = 9;
constexpr std::size_t kLength = 10;
constexpr std::size_t kData = 11;
constexpr std::size_t kAround = 13;  // bytes of a frame without data

bool is_type(std::uint8_t byte) { return (byte >= kFirstType && byte <= kLastType) || byte == kAnyAddress; }

// What the bytes from a 68 on can be, as far as they have come.
Candidate measure(base::ByteView bytes) {
  if (bytes.size() > kType && !is_type(bytes[kType])) return {};
  if (bytes.size() <= kLength) return {Fit::incomplete, 0};
  if (bytes[kLength] > kMostData) return {};
  return candidate_of(bytes, kAround + bytes[kLength]);
}

// SER stands behind the identifier; in an error answer, that has none, in front.
bool repeats(const Frame& request, const Frame& answer) {
  const std::uint8_t ser = request.data[kHeadBytes - 1];
  if (answer.is_error()) return answer.data.empty() || answer.data.front() == ser;
  if (answer.data.size() < kHeadBytes || answer.data[kHeadBytes - 1] != ser) return false;
  return has_identifier(answer, static_cast<std::uint16_t>(request.data[0] | request.data[1] << 8U));
}

}  // namespace

bool has_identifier(const Frame& frame, std::uint16_t id) {
  if (frame.data.size() < 2) return false;
  const auto low = static_cast<std::uint8_t>(id);
  const auto high = static_cast<std::uint8_t>(id >> 8U);
  return (frame.data[0] == low && frame.data[1] == high) || (frame.data[0] == high && frame.data[1] == low);
}

device::Cut cut(base::ByteView bytes) { return cut_first(bytes, measure); }

std::optional<Frame> parse(base::ByteView bytes) {
  const auto [skip, size] = cut(bytes);
  if (size == 0 || skip + size != bytes.size()) return std::nullopt;
  const auto whole = bytes.subspan(skip);
  const auto address = whole.subspan(kAddress, kAddressBytes);
  const auto data = whole.subspan(kData, whole[kLength]);
  return Frame{whole[kType], {address.begin(), address.end()}, whole[kControl], {data.begin(), data.end()}};
}

base::Bytes encode(const Frame& frame, std::size_t wake_up) {
  WAYSIDE_ASSERT(frame.address.size() == kAddressBytes);
  WAYSIDE_ASSERT(frame.data.size() <= kMostData && wake_up <= kMostWakeUp);
  base::Bytes out(wake_up, kWakeUp);
  out.push_back(kFrameStart);
  out.push_back(frame.type);
  out.insert(out.end(), frame.address.begin(), frame.address.end());
  out.push_back(frame.control);
  out.push_back(static_cast<std::uint8_t>(frame.data.size()));
  out.insert(out.end(), frame.data.begin(), frame.data.end());
  out.push_back(sum_of(base::ByteView(out).subspan(wake_up)));
  out.push_back(kFrameEnd);
  return out;
}

base::Bytes encode_read(const Target& target, std::uint16_t id, std::uint8_t ser) {
  const auto low = static_cast<std::uint8_t>(id);
  const auto high = static_cast<std::uint8_t>(id >> 8U);
  const base::Bytes data{target.low_first ? low : high, target.low_first ? high : low, ser};
  return encode({target.type, target.address, kRead, data}, target.wake_up);
}

bool answers(base::ByteView request, base::ByteView frame) {
  const auto answer = parse(frame);
  if (!answer || !answer->is_answer()) return false;  // our own request comes back on a line with echo
  if (request.empty()) return true;
  const auto asked = parse(request);
  if (!asked || asked->is_answer()) return false;
  if (asked->type != answer->type && asked->type != kAnyAddress) return false;
  if (!address_answers(asked->address, answer->address) || asked->function() != answer->function()) return false;
  return asked->data.size() < kHeadBytes || repeats(*asked, *answer);
}

}  // namespace wayside::drivers::cjt188
