#include "sim/devices/cjt188_meter.hpp"

#include <algorithm>
#include <chrono>

namespace wayside::sim {
namespace {

constexpr std::uint8_t kRead = 0x01;
constexpr std::uint8_t kColdWater = 0x10;
constexpr std::uint8_t kAnyType = 0xAA;
constexpr std::uint8_t kCubicMetres = 0x2C;
constexpr std::uint8_t kOtherUnit = 0x35;

void append(base::Bytes& out, const base::Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace

Cjt188Meter::Cjt188Meter(const Setup& setup)
    : FrameMeter(setup.seed),
      address_(bcd(setup.address, 7)),
      flow_(setup.flow),
      total_(100 + static_cast<double>(random().below(100'000)) / 100.0),
      settled_(total_) {
  add_fault({"valve-close", "on|off", 0, 1, [this](double on) { closed_ = on != 0; }});
  add_fault({"valve-fault", "on|off", 0, 1, [this](double on) { valve_fault_ = on != 0; }});
  add_fault({"battery-low", "on|off", 0, 1, [this](double on) { battery_low_ = on != 0; }});
  add_fault({"other-unit", "on|off", 0, 1, [this](double on) { other_unit_ = on != 0; }});
}

void Cjt188Meter::clear() { closed_ = valve_fault_ = battery_low_ = other_unit_ = false; }

void Cjt188Meter::advance(const Tick& tick) {
  now_ = tick.now;
  const auto hour = std::chrono::floor<std::chrono::hours>(now_ - std::chrono::floor<std::chrono::days>(now_)).count();
  const double share = hour >= 6 && hour < 23 ? 1.0 : 0.05;
  if (!closed_) total_ += flow_ * share * tick.simulated.count() / 3600;
}

std::size_t Cjt188Meter::request_size(base::ByteView bytes) const {
  if (bytes.size() < 13 || bytes[0] != 0x68 || (bytes[9] & 0x80U) != 0) return 0;
  const std::size_t size = 13U + bytes[10];
  if (bytes.size() < size || bytes[size - 1] != 0x16) return 0;
  return sum(bytes.first(size - 2)) == bytes[size - 2] ? size : 0;
}

base::Bytes Cjt188Meter::answer(base::ByteView request) {
  if (request[1] != kColdWater && request[1] != kAnyType) return {};
  if (!calls(request.subspan(2, 7), address_) || request[9] != kRead || request[10] != 3) return {};
  const std::uint8_t ser = request[13];
  const bool current = (request[11] == 0x1F && request[12] == 0x90) || (request[11] == 0x90 && request[12] == 0x1F);
  const bool good = current && manner().exception == 0;
  base::Bytes data{ser, manner().exception, 0x00};
  if (good) {
    data = {0x90, 0x1F, ser};  // its own order, whatever the request's
    append(data, current_data());
  }
  base::Bytes out{0x68, kColdWater};
  append(out, address_);
  append(out, {static_cast<std::uint8_t>(good ? 0x81 : 0xC1), static_cast<std::uint8_t>(data.size())});
  append(out, data);
  out.push_back(sum(out));
  out.push_back(0x16);
  out.insert(out.begin(), 3, 0xFE);
  return out;
}

base::Bytes Cjt188Meter::current_data() const {
  const std::uint8_t unit = other_unit_ ? kOtherUnit : kCubicMetres;
  base::Bytes out = bcd(total_ * 100, 4);
  out.push_back(unit);
  append(out, bcd(settled_ * 100, 4));
  out.push_back(unit);
  const auto day = std::chrono::floor<std::chrono::days>(now_);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now_ - day));
  append(out, bcd(static_cast<double>(time.seconds().count()), 1));
  append(out, bcd(static_cast<double>(time.minutes().count()), 1));
  append(out, bcd(static_cast<double>(time.hours().count()), 1));
  append(out, bcd(static_cast<unsigned>(date.day()), 1));
  append(out, bcd(static_cast<unsigned>(date.month()), 1));
  append(out, bcd(static_cast<int>(date.year()), 2));
  const unsigned valve = valve_fault_ ? 3 : closed_ ? 1 : 0;
  out.push_back(static_cast<std::uint8_t>(valve | (battery_low_ ? 4U : 0U)));
  out.push_back(0);
  return out;
}

}  // namespace wayside::sim
