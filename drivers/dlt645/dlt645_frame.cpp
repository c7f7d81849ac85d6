#include "dlt645/dlt645_frame.hpp"

#include "base/assert.hpp"
#include "common/meter_bytes.hpp"

namespace wayside::drivers::dlt645 {

namespace {

constexpr std::size_t kSecondStart = 7;
constexpr std::size_t kControl = 8;
constexpr std::size_t kLength = 9;
constexpr std::size_t kData = 10;
constexpr std::size_t kAround = 12;  // bytes of a frame without data
constexpr std::uint8_t kAdded = 0x33;
constexpr std::size_t kIdentifierBytes = 4;

// What the bytes from a 68 on can be, as far as they have come.
Candidate measure(base::ByteView bytes) {
  if (bytes.size() > kSecondStart && bytes[kSecondStart] != kFrameStart) return {};
  if (bytes.size() <= kLength) return {Fit::incomplete, 0};
  if (bytes[kLength] > kMostData) return {};
  return candidate_of(bytes, kAround + bytes[kLength]);
}

void put_identifier(base::Bytes& data, std::uint32_t id) {
  for (unsigned shift = 0; shift < 32; shift += 8) data.push_back(static_cast<std::uint8_t>(id >> shift));
}

// The answer repeats what was asked: the identifier, and of a following frame its number.
bool repeats(const Frame& request, const Frame& answer) {
  switch (request.function()) {
    case kRead: return identifier(answer) && identifier(answer) == identifier(request);
    case kReadFollowing:
      return identifier(answer) && identifier(answer) == identifier(request) && !request.data.empty() &&
             answer.data.size() > kIdentifierBytes && answer.data.back() == request.data.back();
    case kReadAddress: return answer.data.size() == kAddressBytes;
    default: return true;
  }
}

}  // namespace

std::optional<std::uint32_t> identifier(const Frame& frame) {
  if (frame.data.size() < kIdentifierBytes) return std::nullopt;
  std::uint32_t id = 0;
  for (std::size_t i = kIdentifierBytes; i-- > 0;) id = (id << 8U) | frame.data[i];
  return id;
}

device::Cut cut(base::ByteView bytes) { return cut_first(bytes, measure); }

std::optional<Frame> parse(base::ByteView bytes) {
  const auto [skip, size] = cut(bytes);
  if (size == 0 || skip + size != bytes.size()) return std::nullopt;
  const auto whole = bytes.subspan(skip);
  const auto address = whole.subspan(1, kAddressBytes);
  Frame frame{{address.begin(), address.end()}, whole[kControl], {}};
  for (const auto byte : whole.subspan(kData, whole[kLength])) {
    frame.data.push_back(static_cast<std::uint8_t>(byte - kAdded));
  }
  return frame;
}

base::Bytes encode(const Frame& frame, std::size_t wake_up) {
  WAYSIDE_ASSERT(frame.address.size() == kAddressBytes);
  WAYSIDE_ASSERT(frame.data.size() <= kMostData && wake_up <= kMostWakeUp);
  base::Bytes out(wake_up, kWakeUp);
  out.push_back(kFrameStart);
  out.insert(out.end(), frame.address.begin(), frame.address.end());
  out.push_back(kFrameStart);
  out.push_back(frame.control);
  out.push_back(static_cast<std::uint8_t>(frame.data.size()));
  for (const auto byte : frame.data) out.push_back(static_cast<std::uint8_t>(byte + kAdded));
  out.push_back(sum_of(base::ByteView(out).subspan(wake_up)));
  out.push_back(kFrameEnd);
  return out;
}

base::Bytes encode_read(base::ByteView address, std::uint32_t id, std::size_t wake_up) {
  Frame frame{{address.begin(), address.end()}, kRead, {}};
  put_identifier(frame.data, id);
  return encode(frame, wake_up);
}

base::Bytes encode_read_following(base::ByteView address, std::uint32_t id, std::uint8_t sequence,
                                  std::size_t wake_up) {
  Frame frame{{address.begin(), address.end()}, kReadFollowing, {}};
  put_identifier(frame.data, id);
  frame.data.push_back(sequence);
  return encode(frame, wake_up);
}

bool answers(base::ByteView request, base::ByteView frame) {
  const auto answer = parse(frame);
  if (!answer || !answer->is_answer()) return false;  // our own request comes back on a line with echo
  if (request.empty()) return true;
  const auto asked = parse(request);
  if (!asked || asked->is_answer()) return false;
  if (!address_answers(asked->address, answer->address) || asked->function() != answer->function()) return false;
  return answer->is_error() || repeats(*asked, *answer);  // an error carries one word and no identifier
}

}  // namespace wayside::drivers::dlt645
