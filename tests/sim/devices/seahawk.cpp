#include "sim/devices/seahawk.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/devices/chance.hpp"

namespace wayside::sim {
namespace {

// Holding registers (40001 = 0) and their limits.
constexpr std::size_t kLeakThreshold = 0, kContaminationThreshold = 1, kResetAlarm = 5;
constexpr std::size_t kLeakDelay = 15, kContaminationDelay = 16;
constexpr double kDryCurrent = 4, kDirtyCurrent = 75, kWetCurrent = 185;  // uA
constexpr double kWettingSeconds = 3;
constexpr double kOhmPerMetre = 9.2;
constexpr std::uint16_t kFirmware = 301;

std::optional<std::pair<int, int>> limits(std::size_t address) {
  switch (address) {
    case kLeakThreshold:
    case kContaminationThreshold: return std::pair{25, 175};
    case 4:
    case kResetAlarm: return std::pair{0, 1};
    case 6: return std::pair{4, 25};
    case 7: return std::pair{2000, 4240};
    case kLeakDelay:
    case kContaminationDelay: return std::pair{5, 990};
    default: return std::nullopt;
  }
}

}  // namespace

Seahawk::Seahawk(const Setup& setup)
    : Device(setup.seed), setup_(setup), settings_{120, 50, 0, 0, 0, 0, 12, 2800, 0, 0, 0, 0, 0, 0, 0, 5, 120} {
  bank(Table::input).map(0, 9);
  bank(Table::input).map(8000, 4);
  bank(Table::holding).map(0, static_cast<std::uint16_t>(settings_.size()));
  const double end = setup.length;
  add_fault({"leak", "METRES", 0, end, [this](double at) { leak_at_ = at; }});
  add_fault({"leak-stop", "", 0, 0, [this](double) { leak_at_.reset(); }});
  add_fault({"break", "", 0, 0, [this](double) { broken_ = true; }});
  add_fault({"contaminate", "on|off", 0, 1, [this](double on) { contaminated_ = on != 0; }});
  add_fault({"ok", "", 0, 0, [this](double) { clear(); }});
  show();
}

void Seahawk::clear() {
  leak_at_.reset();
  broken_ = contaminated_ = false;
}

void Seahawk::advance(const Tick& tick) {
  const double target = leak_at_ ? kWetCurrent : (contaminated_ ? kDirtyCurrent : kDryCurrent);
  current_ += (target - current_) * (1.0 - std::exp(-tick.real.count() / kWettingSeconds));
  time_thresholds(tick.real.count());
  show();
}

void Seahawk::time_thresholds(double seconds) {
  leak_seconds_ = current_ >= settings_[kLeakThreshold] ? leak_seconds_ + seconds : 0;
  contamination_seconds_ = current_ >= settings_[kContaminationThreshold] ? contamination_seconds_ + seconds : 0;
  leak_alarm_ = leak_seconds_ >= settings_[kLeakDelay];
  contamination_alarm_ = contamination_seconds_ >= settings_[kContaminationDelay] && !leak_alarm_;
}

WriteAnswer Seahawk::accept(std::uint16_t address, const Words& words) {
  if (words.size() != 1) return Exception::illegal_function;  // FC06 only
  const auto range = limits(address);
  if (!range) return Exception::illegal_address;
  if (words[0] < range->first || words[0] > range->second) return Exception::illegal_value;
  if (address == kResetAlarm) {
    leak_seconds_ = contamination_seconds_ = 0;
    return {};
  }
  settings_[address] = words[0];
  show();
  return {};
}

void Seahawk::show() {
  auto& input = bank(Table::input);
  const bool leak = leak_alarm_ && !broken_;
  const unsigned bits = (leak ? 1U : 0U) | (broken_ ? 2U : 0U) | (contamination_alarm_ ? 4U : 0U);
  const double distance = leak ? leak_at_.value_or(0) : 0;
  const double length = broken_ ? 0 : setup_.length;
  const auto ohm = static_cast<std::uint16_t>(broken_ ? 0xFFFF : std::lround(length * kOhmPerMetre));
  input.set(0, static_cast<std::uint16_t>(bits | (bits != 0 ? 8U : 0U)));
  input.set(1, static_cast<std::uint16_t>(std::lround(distance * 10)));
  input.set(2, 0);  // metric
  const double noise = gaussian(random());
  input.set(3, static_cast<std::uint16_t>(broken_ ? 0 : std::lround(std::max(0.0, current_ + noise))));
  input.set(4, static_cast<std::uint16_t>(std::lround(length * 10)));
  input.set(5, ohm);
  input.set(6, ohm);
  input.set(7, settings_[7]);
  input.set(8, kFirmware);
  input.set_float_low_first(8000, distance);
  input.set_float_low_first(8002, length);
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    bank(Table::holding).set(static_cast<std::uint16_t>(i), settings_[i]);
  }
}

}  // namespace wayside::sim
