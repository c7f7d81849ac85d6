#include "sim/devices/adec_tdc.hpp"

#include <algorithm>
#include <cmath>

#include "sim/devices/chance.hpp"
#include "sim/devices/light_schedule.hpp"

namespace wayside::sim {
namespace {

constexpr std::uint8_t kNoData = 0xE5;
constexpr std::size_t kQueue = 64;  // vehicles; more are lost, and the detector says so
constexpr int kMostInAnswer = 4;
constexpr double kWrongWaySeconds = 2;
constexpr double kVehicleMetres = 4.5;
constexpr double kPi = 3.14159265358979323846;

constexpr unsigned kFaultBit = 0x80, kOverflowBit = 0x20, kWrongWayBit = 0x10;
constexpr unsigned kFunction = 0x0F, kFromUs = 0x40, kCountBit = 0x20, kCountValid = 0x10;
constexpr unsigned kReset = 0, kVehicles = 8, kStatus = 9;
constexpr std::uint8_t kStatusAnswer = 0x0B;

std::uint8_t byte(double value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)); }

void append_u16(base::Bytes& out, double value) {
  const auto word = static_cast<std::uint16_t>(std::clamp(std::lround(value), 0L, 65535L));
  out.push_back(static_cast<std::uint8_t>(word >> 8U));
  out.push_back(static_cast<std::uint8_t>(word & 0xFFU));
}

// Share of the busiest time: little by night, most in the early afternoon.
double share_of_day(LocalTime now) { return 0.1 + 0.9 * std::max(0.0, std::sin((hour_of_day(now) - 5) / 16 * kPi)); }

}  // namespace

AdecTdc::AdecTdc(const Setup& setup)
    : FrameMeter(setup.seed), setup_(setup), lifetime_(100'000), last_answer_{kNoData} {
  add_fault({"wrong-way", "", 0, 0, [this](double) { wrong_way_ = kWrongWaySeconds; }});
  add_fault({"sensor-fault", "on|off", 0, 1, [this](double on) { faulty_ = on != 0; }});
  add_fault({"lane-closed", "on|off", 0, 1, [this](double on) { closed_ = on != 0; }});
  add_fault({"restart", "", 0, 0, [this](double) { restart(); }});
}

void AdecTdc::clear() {
  faulty_ = closed_ = false;
  wrong_way_ = 0;
}

// Switched off and on: link, queue and count are forgotten.
void AdecTdc::restart() {
  linked_ = overflowed_ = false;
  queue_.clear();
  lifetime_ = 0;
}

void AdecTdc::advance(const Tick& tick) {
  since_last_ += tick.simulated;
  wrong_way_ = std::max(0.0, wrong_way_ - tick.real.count());
  if (closed_) return;
  auto arrivals = poisson(random(), setup_.peak * share_of_day(tick.now) * tick.simulated.count() / 3600.0);
  for (; arrivals > 0; --arrivals) pass(tick.now);
}

void AdecTdc::pass(LocalTime now) {
  ++lifetime_;
  const double speed = std::max(5.0, setup_.free_speed * (1 - 0.3 * share_of_day(now)) + 4 * gaussian(random()));
  const double length = std::max(3.0, kVehicleMetres + 0.5 * gaussian(random()));
  const double covered = length / (speed / 3.6);  // s
  base::Bytes vehicle{byte(speed), 2};
  append_u16(vehicle, covered * 100);
  append_u16(vehicle, since_last_.count() * 100);
  vehicle.push_back(byte(length * 10));
  since_last_ = Seconds{};
  if (queue_.size() >= kQueue) {
    overflowed_ = true;
    return;
  }
  queue_.push_back(std::move(vehicle));
}

std::uint8_t AdecTdc::status() const {
  return static_cast<std::uint8_t>((faulty_ ? kFaultBit : 0U) | (overflowed_ ? kOverflowBit : 0U) |
                                   (wrong_way_ > 0 ? kWrongWayBit : 0U));
}

// 10 C A SUM 16
std::size_t AdecTdc::request_size(base::ByteView bytes) const {
  constexpr std::size_t kSize = 5;
  if (bytes.size() < kSize || bytes[0] != 0x10 || bytes[4] != 0x16) return 0;
  return sum(bytes.subspan(1, 2)) == bytes[3] ? kSize : 0;
}

base::Bytes AdecTdc::answer(base::ByteView request) {
  const unsigned control = request[1];
  if (request[2] != byte(setup_.address) || (control & kFromUs) == 0) return {};
  switch (control & kFunction) {
    case kReset:
      linked_ = true;
      last_bit_ = false;
      last_answer_ = {kNoData};
      return {kNoData};
    case kStatus: return long_frame(kStatusAnswer, {status()});
    case kVehicles: break;
    default: return {};
  }
  if (!linked_ || (control & kCountValid) == 0) return {};
  const bool bit = (control & kCountBit) != 0;
  if (bit != last_bit_) last_answer_ = next_vehicles();
  last_bit_ = bit;
  return last_answer_;
}

base::Bytes AdecTdc::next_vehicles() {
  if (queue_.empty()) return {kNoData};
  base::Bytes data{status()};
  overflowed_ = false;  // told
  for (unsigned shift = 32; shift > 0; shift -= 8) data.push_back(static_cast<std::uint8_t>(lifetime_ >> (shift - 8)));
  for (int n = 0; n < kMostInAnswer && !queue_.empty(); ++n) {
    data.insert(data.end(), queue_.front().begin(), queue_.front().end());
    queue_.pop_front();
  }
  return long_frame(kVehicles, data);
}

// 68 L L 68 C A data SUM 16
base::Bytes AdecTdc::long_frame(std::uint8_t control, const base::Bytes& data) const {
  const auto length = static_cast<std::uint8_t>(data.size() + 2);
  base::Bytes out;
  out.reserve(data.size() + 8);
  for (const auto head : {std::uint8_t{0x68}, length, length, std::uint8_t{0x68}, control, byte(setup_.address)}) {
    out.push_back(head);
  }
  for (const auto each : data) out.push_back(each);
  out.push_back(sum(base::ByteView(out).subspan(4)));
  out.push_back(0x16);
  return out;
}

}  // namespace wayside::sim
