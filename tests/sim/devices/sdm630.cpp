#include "sim/devices/sdm630.hpp"

#include <algorithm>
#include <cmath>

#include "sim/devices/light_schedule.hpp"

namespace wayside::sim {
namespace {

constexpr double kStandbyWatt = 0.5;             // a LED driver that gives no light
constexpr double kCabinetWatt = 6.0;             // electronics, on every phase
constexpr std::uint16_t kDemandPeriod = 0x0002;  // 40003
constexpr std::uint16_t kSystemType = 0x000A;    // 40011, 3 = 3p4w

double lamp_watt(double light, double rated) { return light > 0 ? rated * (0.06 + 0.94 * light) : kStandbyWatt; }

// What three currents 120 degrees apart leave in the neutral.
double neutral(double a, double b, double c) {
  return std::sqrt(std::max(0.0, a * a + b * b + c * c - a * b - b * c - c * a));
}

}  // namespace

Sdm630::Sdm630(const Setup& setup) : Device(setup.seed), setup_(setup) {
  auto& input = bank(Table::input);
  input.map(0x0000, 0x50);
  input.map(0x00C8, 0x1A);  // line to line, neutral
  input.map(0x00EA, 0x10);  // THD
  input.map(0x0156, 0x28);  // totals and per phase
  auto& holding = bank(Table::holding);
  holding.map(kDemandPeriod, 2);
  holding.map(kSystemType, 2);
  holding.set_float(kDemandPeriod, 60);
  holding.set_float(kSystemType, 3);
  for (auto& phase : phases_) {
    phase.kilowatt_hours = 1000.0 + static_cast<double>(random().below(500'000)) / 100.0;
    phase.kilovar_hours = phase.kilowatt_hours * 0.3;
  }
  add_fault({"phase-loss", "L", 1, 3, [this](double l) { phases_[static_cast<std::size_t>(l) - 1].lost = true; }});
}

void Sdm630::clear() {
  for (auto& phase : phases_) phase.lost = false;
}

WriteAnswer Sdm630::accept(std::uint16_t address, const Words& words) {
  if (address != kDemandPeriod) return Exception::illegal_address;
  if (words.size() != 2) return Exception::illegal_value;  // a parameter is a pair
  auto& holding = bank(Table::holding);
  holding.set(kDemandPeriod, words[0]);
  holding.set(kDemandPeriod + 1, words[1]);
  return {};
}

std::vector<double> Sdm630::lamp_light(LocalTime now) const {
  if (load_ != nullptr) return load_->light();
  return std::vector<double>(static_cast<std::size_t>(setup_.lamps), scheduled_light_level(now) / 100.0);
}

void Sdm630::advance(const Tick& tick) {
  std::array<double, 3> demand{};
  demand.fill(kCabinetWatt);
  const auto light = lamp_light(tick.now);
  for (std::size_t i = 0; i < light.size(); ++i) demand[i % 3] += lamp_watt(light[i], setup_.lamp_power);
  for (std::size_t i = 0; i < 3; ++i) measure(phases_[i], demand[i], tick.simulated.count());
  frequency_.advance(random(), tick.simulated.count());
  show();
  show_totals();
}

void Sdm630::measure(Phase& phase, double demand, double seconds) {
  const double drift = phase.drift.advance(random(), seconds);
  const double noise = gaussian(random());
  phase.voltage = phase.lost ? 3.0 + 0.3 * noise : 230.0 + drift + 0.15 * noise;
  phase.watt = phase.lost ? 0.0 : demand * (1.0 + 0.004 * gaussian(random()));
  phase.factor = phase.lost ? 1.0 : (demand > 4 * kCabinetWatt ? 0.95 : 0.55);
  phase.voltampere = phase.watt / phase.factor;
  phase.var = std::sqrt(std::max(0.0, phase.voltampere * phase.voltampere - phase.watt * phase.watt));
  phase.current = phase.voltampere / phase.voltage;
  phase.kilowatt_hours += phase.watt * seconds / 3.6e6;
  phase.kilovar_hours += phase.var * seconds / 3.6e6;
}

void Sdm630::show() {
  auto& input = bank(Table::input);
  for (std::uint16_t i = 0; i < 3; ++i) {
    const Phase& phase = phases_[i];
    const auto at = [i](int base, int offset = 0) { return static_cast<std::uint16_t>(base + offset + 2 * i); };
    input.set_float(at(0x0000), phase.voltage);
    input.set_float(at(0x0006), phase.current);
    input.set_float(at(0x000C), phase.watt);
    input.set_float(at(0x0012), phase.voltampere);
    input.set_float(at(0x0018), phase.var);
    input.set_float(at(0x001E), phase.factor);
    input.set_float(at(0x0024), std::acos(phase.factor) * 57.29578);
    const Phase& other = phases_[(i + 1U) % 3U];
    input.set_float(at(0x00C8), std::sqrt(phase.voltage * phase.voltage + other.voltage * other.voltage +
                                          phase.voltage * other.voltage));
    input.set_float(at(0x00EA), 1.8 + 0.1 * gaussian(random()));
    input.set_float(at(0x015A), phase.kilowatt_hours);
    input.set_float(at(0x0166), phase.kilowatt_hours);
    input.set_float(at(0x016C), phase.kilovar_hours);
    input.set_float(at(0x0178), phase.kilovar_hours);
  }
}

void Sdm630::show_totals() {
  auto& input = bank(Table::input);
  Phase sum;
  sum.voltage = sum.current = 0;
  for (const auto& phase : phases_) {
    sum.voltage += phase.voltage;
    sum.current += phase.current;
    sum.watt += phase.watt;
    sum.voltampere += phase.voltampere;
    sum.var += phase.var;
    sum.kilowatt_hours += phase.kilowatt_hours;
    sum.kilovar_hours += phase.kilovar_hours;
  }
  const double factor = sum.voltampere > 0 ? sum.watt / sum.voltampere : 1.0;
  input.set_float(0x002A, sum.voltage / 3);
  input.set_float(0x002E, sum.current / 3);
  input.set_float(0x0030, sum.current);
  input.set_float(0x0034, sum.watt);
  input.set_float(0x0038, sum.voltampere);
  input.set_float(0x003C, sum.var);
  input.set_float(0x003E, factor);
  input.set_float(0x0042, std::acos(std::min(1.0, factor)) * 57.29578);
  input.set_float(0x0046, 50.0 + frequency_.value());
  input.set_float(0x0048, sum.kilowatt_hours);
  input.set_float(0x004C, sum.kilovar_hours);
  input.set_float(0x00E0, neutral(phases_[0].current, phases_[1].current, phases_[2].current));
  input.set_float(0x00F8, 1.8 + 0.05 * gaussian(random()));
  input.set_float(0x0156, sum.kilowatt_hours);
  input.set_float(0x0158, sum.kilovar_hours);
}

}  // namespace wayside::sim
