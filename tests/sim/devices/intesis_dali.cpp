#include "sim/devices/intesis_dali.hpp"

#include <array>
#include <cmath>

#include "sim/devices/light_schedule.hpp"

namespace wayside::sim {
namespace {

constexpr int kFullPower = 254;
constexpr std::uint16_t kNoChange = 255;  // DALI MASK
constexpr int kUpdateAll = 4;             // write 1; reads 0 when finished
constexpr int kArcPower = 15;
constexpr int kLedFailure = 80;             // of gear of device type 6
constexpr std::uint16_t kBroadcast = 6800;  // +0 level in percent, +1 off/on
constexpr double kRefreshSeconds = 1.0;

int to_arc(int percent) { return static_cast<int>(std::lround(percent * kFullPower / 100.0)); }
int to_percent(int arc) { return static_cast<int>(std::lround(arc * 100.0 / kFullPower)); }

}  // namespace

IntesisDali::IntesisDali(const Setup& setup) : Device(setup.seed), lamps_(static_cast<std::size_t>(setup.lamps)) {
  for (int i = 0; i < setup.lamps; ++i) {
    bank(Table::holding).map(static_cast<std::uint16_t>(100 * i), 16);
    bank(Table::input).map(static_cast<std::uint16_t>(100 * i), 16);
    bank(Table::input).map(static_cast<std::uint16_t>(100 * i + kLedFailure), 1);  // no LED ever fails here
  }
  bank(Table::holding).map(kBroadcast, 2);
  bank(Table::input).map(kBroadcast, 2);
  add_lamp_faults();
  show();
}

void IntesisDali::add_lamp_faults() {
  const auto lamp = [this](double n) -> Lamp& { return lamps_[static_cast<std::size_t>(n)]; };
  const double last = static_cast<double>(lamps_.size()) - 1;
  add_fault({"lamp-fail", "N", 0, last, [lamp](double n) { lamp(n).lamp_failed = true; }});
  add_fault({"lamp-ok", "N", 0, last, [lamp](double n) {
               lamp(n).lamp_failed = false;
               lamp(n).gear_failed = false;
             }});
  add_fault({"gear-fail", "N", 0, last, [lamp](double n) { lamp(n).gear_failed = true; }});
  add_fault({"day-burn", "on|off", 0, 1, [this](double on) { day_burn_ = on != 0; }});
}

void IntesisDali::clear() {
  for (auto& lamp : lamps_) lamp.lamp_failed = lamp.gear_failed = false;
  day_burn_ = false;
}

void IntesisDali::advance(const Tick& tick) {
  const int scheduled = scheduled_light_level(tick.now);
  if (scheduled != scheduled_) {
    for (auto& lamp : lamps_) lamp.written.reset();
  }
  scheduled_ = scheduled;
  refreshing_ -= tick.real.count();
  show();
}

int IntesisDali::arc_power(const Lamp& lamp) const {
  if (day_burn_) return kFullPower;
  return lamp.written.value_or(to_arc(scheduled_));
}

bool IntesisDali::is_lit(const Lamp& lamp) const {
  return !lamp.lamp_failed && !lamp.gear_failed && arc_power(lamp) > 0;
}

std::vector<double> IntesisDali::light() const {
  std::vector<double> out;
  for (const auto& lamp : lamps_) out.push_back(is_lit(lamp) ? arc_power(lamp) / 254.0 : 0.0);
  return out;
}

void IntesisDali::put(int address, int word) {
  bank(Table::holding).set_signed(static_cast<std::uint16_t>(address), word);
  bank(Table::input).set_signed(static_cast<std::uint16_t>(address), word);
}

void IntesisDali::show() {
  std::array<unsigned, 4> failures{};
  for (std::size_t i = 0; i < lamps_.size(); ++i) {
    if (lamps_[i].lamp_failed || lamps_[i].gear_failed) failures[i / 16] |= 1U << (i % 16);
  }
  for (std::size_t i = 0; i < lamps_.size(); ++i) {
    const int base = 100 * static_cast<int>(i);
    for (int n = 0; n < 4; ++n) {
      const auto word = static_cast<std::uint16_t>(failures[static_cast<std::size_t>(n)]);
      bank(Table::holding).set(static_cast<std::uint16_t>(base + n), word);
      bank(Table::input).set(static_cast<std::uint16_t>(base + n), word);
    }
    show_lamp(base, lamps_[i]);
  }
}

void IntesisDali::show_lamp(int base, const Lamp& lamp) {
  const int status = (lamp.gear_failed ? 1 : 0) | (lamp.lamp_failed ? 2 : 0) | (is_lit(lamp) ? 4 : 0);
  put(base + kUpdateAll, refreshing_ > 0 ? 1 : 0);
  put(base + 5, status);
  put(base + 6, is_lit(lamp) ? to_percent(arc_power(lamp)) : 0);
  put(base + 7, 6);  // DT6, LED
  put(base + 8, 3);  // physical minimum
  put(base + 9, 3);  // minimum
  put(base + 10, kFullPower);
  put(base + 11, kFullPower);  // power-on level
  put(base + 12, kFullPower);  // system failure level: the bus is gone, the street stays lit
  put(base + 13, 4);
  put(base + 14, 7);
  put(base + kArcPower, arc_power(lamp));
}

WriteAnswer IntesisDali::accept(std::uint16_t address, const Words& words) {
  if (words.size() > 1 && address != kBroadcast) return Exception::illegal_address;  // R/W registers stand alone
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto answer = write_one(static_cast<std::uint16_t>(address + i), words[i]);
    if (!answer) return answer;
  }
  show();
  return {};
}

WriteAnswer IntesisDali::write_one(std::uint16_t address, std::uint16_t word) {
  if (address == kBroadcast || address == kBroadcast + 1) {
    const bool is_switch = address != kBroadcast;
    if (word > (is_switch ? 1 : 100)) return Exception::illegal_value;
    for (auto& lamp : lamps_) lamp.written = is_switch ? word * kFullPower : to_arc(word);
    return {};
  }
  if (address % 100 == kUpdateAll) {
    if (word != 1) return Exception::illegal_value;
    refreshing_ = kRefreshSeconds;
    return {};
  }
  if (address % 100 != kArcPower) return Exception::illegal_address;
  if (word > kNoChange) return Exception::illegal_value;
  if (word != kNoChange) lamps_[address / 100U].written = word;
  return {};
}

}  // namespace wayside::sim
