#include "sim/wire/framing.hpp"

#include <iterator>

#include "sim/wire/crc16.hpp"

namespace wayside::sim {
namespace {

constexpr std::size_t kRtuLeast = 4;  // address, function, CRC
constexpr std::size_t kRtuMost = 256;
constexpr std::size_t kMbap = 7;

std::uint8_t high(std::size_t value) { return static_cast<std::uint8_t>((value >> 8U) & 0xFFU); }
std::uint8_t low(std::size_t value) { return static_cast<std::uint8_t>(value & 0xFFU); }
std::size_t word(const base::Bytes& bytes, std::size_t at) { return (std::size_t{bytes[at]} << 8U) | bytes[at + 1]; }

// Length of an RTU request, from its function; nothing while unknown.
std::optional<std::size_t> request_length(const base::Bytes& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const std::uint8_t function = bytes[1];
  if (function >= 1 && function <= 6) return 8;
  if (function != 15 && function != 16) return std::nullopt;
  if (bytes.size() < 7) return std::nullopt;
  return std::size_t{9} + bytes[6];
}

bool has_good_crc(const base::Bytes& bytes) {
  const std::size_t body = bytes.size() - 2;
  const std::uint16_t crc = crc16(base::ByteView(bytes).first(body));
  return bytes[body] == low(crc) && bytes[body + 1] == high(crc);
}

base::Bytes part(const base::Bytes& bytes, std::size_t from, std::size_t to) {
  return {std::next(bytes.begin(), static_cast<std::ptrdiff_t>(from)),
          std::next(bytes.begin(), static_cast<std::ptrdiff_t>(to))};
}

}  // namespace

std::optional<RtuRequest> RtuReceiver::take() {
  if (bytes_.size() < kRtuLeast || !has_good_crc(bytes_)) return std::nullopt;
  RtuRequest request{bytes_[0], part(bytes_, 1, bytes_.size() - 2), bytes_.size()};
  bytes_.clear();
  return request;
}

std::optional<RtuRequest> RtuReceiver::feed(base::ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  if (bytes_.size() > kRtuMost) {  // no frame is so long
    discarded_ += bytes_.size();
    bytes_.clear();
    return std::nullopt;
  }
  const auto length = request_length(bytes_);
  if (!length || bytes_.size() != *length) return std::nullopt;
  return take();
}

std::optional<RtuRequest> RtuReceiver::silence() {
  auto request = take();
  discarded_ += bytes_.size();
  bytes_.clear();
  return request;
}

base::Bytes rtu_frame(std::uint8_t unit, base::ByteView pdu) {
  base::Bytes out{unit};
  out.insert(out.end(), pdu.begin(), pdu.end());
  const std::uint16_t crc = crc16(out);
  out.push_back(low(crc));
  out.push_back(high(crc));
  return out;
}

std::optional<TcpRequest> TcpReceiver::next() {
  if (broken_ || bytes_.size() < kMbap) return std::nullopt;
  const std::size_t length = word(bytes_, 4);  // unit and PDU
  if (word(bytes_, 2) != 0 || length < 2 || length > 254) {
    broken_ = true;
    return std::nullopt;
  }
  const std::size_t whole = kMbap - 1 + length;
  if (bytes_.size() < whole) return std::nullopt;
  TcpRequest request{static_cast<std::uint16_t>(word(bytes_, 0)), bytes_[6], part(bytes_, kMbap, whole)};
  bytes_.erase(bytes_.begin(), std::next(bytes_.begin(), static_cast<std::ptrdiff_t>(whole)));
  return request;
}

base::Bytes tcp_frame(std::uint16_t transaction, std::uint8_t unit, base::ByteView pdu) {
  base::Bytes out{high(transaction), low(transaction), 0, 0, high(pdu.size() + 1), low(pdu.size() + 1), unit};
  out.insert(out.end(), pdu.begin(), pdu.end());
  return out;
}

}  // namespace wayside::sim
