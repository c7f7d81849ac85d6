#include "sim/devices/dts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/devices/light_schedule.hpp"

namespace wayside::sim {
namespace {

constexpr double kTraceSeconds = 2.0;
constexpr double kNoise = 0.08;                                       // K, one deviation at one metre
constexpr double kLeakWarming = 7.0;                                  // K, in the end
constexpr double kLeakSeconds = 6.0;                                  // time constant
constexpr double kLeakWidth = 2.0;                                    // m, one deviation
constexpr double kPrealarm = 2.0, kAlarm = 4.0, kDifferential = 3.0;  // K
constexpr double kRate = 1.0;                                         // K in one trace
constexpr int kZoneBase = 16, kZoneWords = 8;

int tenths(double value) { return static_cast<int>(std::lround(value * 10)); }
double wave(double metres, double length, double phase) {
  return std::sin(2.0 * std::numbers::pi * metres / length + phase);
}

}  // namespace

Dts::Dts(const Setup& setup)
    : Device(setup.seed),
      setup_(setup),
      phase_a_(random().unit() * 6.28),
      phase_b_(random().unit() * 6.28),
      zones_(static_cast<std::size_t>(setup.zones)) {
  bank(Table::input).map(0, 6);
  bank(Table::input).map(kZoneBase, static_cast<std::uint16_t>(kZoneWords * setup.zones));
  bank(Table::discrete_inputs).map(0, static_cast<std::uint16_t>(16 + setup.zones));
  bank(Table::input).set(4, static_cast<std::uint16_t>(setup.zones));
  add_faults();
}

void Dts::add_faults() {
  const double length = setup_.zones * setup_.zone_length;
  add_fault({"leak", "METRES", 0, length - 1, [this](double at) { leak_ = Leak{at, 0}; }});
  add_fault({"leak-stop", "", 0, 0, [this](double) { leak_.reset(); }});
  add_fault({"fibre-break", "METRES", 0, length - 1, [this](double at) { broken_at_ = at; }});
  add_fault({"fibre-ok", "", 0, 0, [this](double) { broken_at_.reset(); }});
  add_fault({"freeze", "on|off", 0, 1, [this](double on) { frozen_ = on != 0; }});
  add_fault({"laser-fault", "on|off", 0, 1, [this](double on) { laser_fault_ = on != 0; }});
  add_fault({"self-test-fault", "on|off", 0, 1, [this](double on) { self_test_fault_ = on != 0; }});
}

void Dts::clear() {
  leak_.reset();
  broken_at_.reset();
  frozen_ = laser_fault_ = self_test_fault_ = false;
}

void Dts::advance(const Tick& tick) {
  drift_.advance(random(), tick.simulated.count());
  if (leak_) leak_->age += tick.real.count();
  since_trace_ += tick.real.count();
  if (traced_ && since_trace_ < kTraceSeconds - 1e-9) return;
  since_trace_ = 0;
  if (!frozen_) trace(tick.now);
}

void Dts::trace(LocalTime now) {
  traced_ = true;
  ++sequence_;
  for (int i = 0; i < setup_.zones; ++i) {
    // A zone cut by the break gives no whole trace any more either.
    if (broken_at_ && (i + 1) * setup_.zone_length > *broken_at_) continue;
    measure(i, hour_of_day(now));
    show_zone(i);
  }
  show_status();
}

double Dts::ground(double metres, double hour) const {
  return 14.0 + 2.5 * wave(metres, 1730, phase_a_) + 0.6 * wave(metres, 410, phase_b_) +
         0.4 * std::sin((hour - 9.0) * std::numbers::pi / 12.0) + drift_.value();
}

double Dts::warming(double metres) const {
  if (!leak_) return 0;
  const double away = (metres - leak_->metres) / kLeakWidth;
  return kLeakWarming * (1.0 - std::exp(-leak_->age / kLeakSeconds)) * std::exp(-0.5 * away * away);
}

void Dts::measure(int index, double hour) {
  Zone& zone = zones_[static_cast<std::size_t>(index)];
  zone.last_highest = sequence_ == 1 ? 1000 : zone.highest;
  zone.highest = zone.expected = -1000;
  double sum = 0;
  for (int i = 0; i < setup_.zone_length; ++i) {
    const double metres = index * setup_.zone_length + i;
    const double still = ground(metres, hour);
    const double value = still + warming(metres) + kNoise * gaussian(random());
    sum += value;
    zone.expected = std::max(zone.expected, still);
    if (value <= zone.highest) continue;
    zone.highest = value;
    zone.position = metres;
  }
  zone.average = sum / setup_.zone_length;
}

void Dts::show_status() {
  auto& input = bank(Table::input);
  const unsigned status = (broken_at_ ? 1U : 0U) | (laser_fault_ ? 2U : 0U) | (self_test_fault_ ? 4U : 0U);
  input.set(0, static_cast<std::uint16_t>(status));
  input.set(1, sequence_);
  input.set_u32(2, static_cast<std::uint32_t>(tenths(broken_at_.value_or(0))));
  for (std::uint16_t bit = 0; bit < 3; ++bit) {
    bank(Table::discrete_inputs).set(bit, static_cast<std::uint16_t>((status >> bit) & 1U));
  }
}

void Dts::show_zone(int index) {
  const Zone& zone = zones_[static_cast<std::size_t>(index)];
  const double rise = zone.highest - zone.expected;
  const bool alarm = rise >= kAlarm;
  const unsigned bits = (alarm ? 1U : 0U) | (rise >= kPrealarm ? 2U : 0U) |
                        (zone.highest - zone.last_highest >= kRate ? 4U : 0U) |
                        (zone.highest - zone.average >= kDifferential ? 8U : 0U);
  const int base = kZoneBase + index * kZoneWords;
  const auto at = [base](int offset) { return static_cast<std::uint16_t>(base + offset); };
  auto& input = bank(Table::input);
  input.set_signed(at(0), tenths(zone.average));
  input.set_signed(at(1), tenths(zone.highest));
  input.set_u32(at(2), static_cast<std::uint32_t>(tenths(zone.position)));
  input.set(at(4), static_cast<std::uint16_t>(bits));
  bank(Table::discrete_inputs).set(static_cast<std::uint16_t>(16 + index), alarm ? 1 : 0);
}

}  // namespace wayside::sim
