#include "sim/devices/dlt645_meter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace wayside::sim {
namespace {

constexpr std::uint8_t kAdded = 0x33;
constexpr std::uint8_t kRead = 0x11;
constexpr std::uint8_t kFollowing = 0x12;
constexpr std::uint8_t kReadAddress = 0x13;
constexpr unsigned kAnswer = 0x80;
constexpr unsigned kError = 0x40;
constexpr unsigned kMore = 0x20;
constexpr std::uint8_t kNoSuchData = 0x02;
constexpr std::size_t kSplit = 2;

void append(base::Bytes& out, const base::Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace

Dlt645Meter::Dlt645Meter(const Setup& setup)
    : FrameMeter(setup.meter.seed), address_(bcd(setup.address, 6)), meter_(setup.meter) {
  add_fault({"phase-loss", "L", 1, 3, [this](double l) {
               static_cast<void>(meter_.fault("phase-loss " + std::to_string(static_cast<int>(l))));
             }});
  add_fault({"relay-open", "on|off", 0, 1, [this](double on) { relay_open_ = on != 0; }});
  add_fault({"split", "on|off", 0, 1, [this](double on) { splits_ = on != 0; }});
}

void Dlt645Meter::clear() {
  relay_open_ = splits_ = false;
  static_cast<void>(meter_.fault("clear"));
}

std::size_t Dlt645Meter::request_size(base::ByteView bytes) const {
  if (bytes.size() < 12 || bytes[0] != 0x68 || bytes[7] != 0x68 || (bytes[8] & 0x80U) != 0) return 0;
  const std::size_t size = 12U + bytes[9];
  if (bytes.size() < size || bytes[size - 1] != 0x16) return 0;
  return sum(bytes.first(size - 2)) == bytes[size - 2] ? size : 0;
}

base::Bytes Dlt645Meter::answer(base::ByteView request) {
  if (!calls(request.subspan(1, 6), address_)) return {};
  base::Bytes asked;
  for (const auto byte : request.subspan(10, request[9])) asked.push_back(static_cast<std::uint8_t>(byte - kAdded));
  const std::uint8_t function = request[8];
  if (function == kReadAddress) return frame(function | kAnswer, address_);
  const bool reads = (function == kRead && asked.size() == 4) || (function == kFollowing && asked.size() == 5);
  if (!reads) return {};  // writes and controls are not simulated
  if (manner().exception != 0) return frame(function | kAnswer | kError, {manner().exception});
  return answer_read(function, asked);
}

base::Bytes Dlt645Meter::answer_read(std::uint8_t function, const base::Bytes& asked) const {
  std::uint32_t id = 0;
  for (std::size_t i = 4; i-- > 0;) id = id << 8U | asked[i];
  base::Bytes values = read(id);
  const std::size_t first = function == kFollowing ? asked[4] * kSplit : 0;
  if (first >= values.size()) return frame(function | kAnswer | kError, {kNoSuchData});
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(first));
  const bool more = splits_ && values.size() > kSplit;
  if (more) values.resize(kSplit);
  base::Bytes data(asked.begin(), asked.begin() + 4);
  append(data, values);
  if (function == kFollowing) data.push_back(asked[4]);
  return frame(function | kAnswer | (more ? kMore : 0U), data);
}

base::Bytes Dlt645Meter::frame(unsigned control, const base::Bytes& data) const {
  base::Bytes out{0x68};
  append(out, address_);
  append(out, {0x68, static_cast<std::uint8_t>(control), static_cast<std::uint8_t>(data.size())});
  for (const auto byte : data) out.push_back(static_cast<std::uint8_t>(byte + kAdded));
  out.push_back(sum(out));
  out.push_back(0x16);
  out.insert(out.begin(), 2, 0xFE);  // this meter wakes its master up too
  return out;
}

double Dlt645Meter::value(int address) const {
  const auto words = meter_.read(Table::input, static_cast<std::uint16_t>(address), 2);
  if (!words) return 0;
  return static_cast<double>(std::bit_cast<float>(std::uint32_t{(*words)[0]} << 16U | (*words)[1]));
}

base::Bytes Dlt645Meter::phases(int first, double scale, std::size_t width) const {
  base::Bytes out;
  for (int phase = 0; phase < 3; ++phase) append(out, bcd(value(first + 2 * phase) / scale, width));
  return out;
}

base::Bytes Dlt645Meter::read(std::uint32_t id) const {
  base::Bytes block;
  switch (id) {
    case 0x00010000: return bcd(value(0x0048) / 0.01, 4);
    case 0x00020000: return base::Bytes(4, 0xFF);  // it does not measure what is given back
    case 0x0201FF00: return phases(0x0000, 0.1, 2);
    case 0x0202FF00: return phases(0x0006, 0.001, 3);
    case 0x0203FF00:
      block = bcd(value(0x0034) / 0.1, 3);
      append(block, phases(0x000C, 0.1, 3));
      return block;
    case 0x0206FF00:
      block = bcd(value(0x003E) / 0.001, 2);
      append(block, phases(0x001E, 0.001, 2));
      return block;
    case 0x02010100:
    case 0x02010200:
    case 0x02010300: return bcd(value(2 * (static_cast<int>(id >> 8U & 0xFFU) - 1)) / 0.1, 2);
    case 0x02020100: return bcd(value(0x0006) / 0.001, 3);
    case 0x02030000: return bcd(value(0x0034) / 0.1, 3);
    case 0x02060000: return bcd(value(0x003E) / 0.001, 2);
    case 0x02800002: return bcd(value(0x0046) / 0.01, 2);
    case 0x04000503: return {static_cast<std::uint8_t>(relay_open_ ? 0x10 : 0x00), 0x00};
    default: return {};
  }
}

}  // namespace wayside::sim
