#include "sim/devices/fs22.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "sim/devices/light_schedule.hpp"

namespace wayside::sim {
namespace {

constexpr double kFirst = 1512.5, kApart = 5;  // nm
constexpr double kKelvinOfNm = 100;
constexpr double kReference = 20;  // Cel, where a sensor reflects its own wavelength
constexpr double kHot = 30;        // K
constexpr double kPi = 3.14159265358979323846;
constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kRefused = ":NACK:INVALID COMMAND\r\n";

base::Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

Fs22::Fs22(const Setup& setup)
    : FrameMeter(setup.seed),
      setup_(setup),
      sensors_(static_cast<std::size_t>(setup.sensors)),
      ground_(setup.mean),
      break_after_(sensors_.size()) {
  const double last = setup.sensors;
  const auto sensor = [this](double n) -> Sensor& { return sensors_[static_cast<std::size_t>(n) - 1]; };
  add_fault({"break", "SENSOR", 0, last, [this](double n) { break_after_ = static_cast<std::size_t>(n); }});
  add_fault({"fibre-ok", "", 0, 0, [this](double) { break_after_ = sensors_.size(); }});
  add_fault({"dead", "SENSOR", 1, last, [sensor](double n) { sensor(n).dead = true; }});
  add_fault({"hot", "SENSOR", 1, last, [sensor](double n) { sensor(n).heat = kHot; }});
  add_fault({"sensor-ok", "SENSOR", 1, last, [sensor](double n) {
               sensor(n).dead = false;
               sensor(n).heat = 0;
             }});
}

void Fs22::clear() {
  break_after_ = sensors_.size();
  for (auto& sensor : sensors_) {
    sensor.dead = false;
    sensor.heat = 0;
  }
}

void Fs22::advance(const Tick& tick) {
  ground_ = setup_.mean + 3 * std::sin((hour_of_day(tick.now) - 9) / 12 * kPi);
  for (auto& sensor : sensors_) sensor.drift.advance(random(), tick.simulated.count());
}

std::size_t Fs22::request_size(base::ByteView bytes) const {
  if (bytes.empty() || bytes[0] != ':') return 0;
  const auto end = base::as_text(bytes).find(kEnd);
  return end == std::string_view::npos ? 0 : end + kEnd.size();
}

base::Bytes Fs22::answer(base::ByteView request) {
  auto line = base::as_text(request);
  line.remove_suffix(kEnd.size());
  constexpr std::string_view kAsk = ":ACQU:WAVE:CHAN:";
  const bool asks = line.size() == kAsk.size() + 2 && line.starts_with(kAsk) && line.ends_with('?');
  const char channel = asks ? line[kAsk.size()] : 'x';
  if (manner().exception != 0 || channel < '0' || channel > '7') return bytes_of(kRefused);
  return bytes_of(fmt::format(":ACK:{}{}", channel == '0' ? wavelengths() : "", kEnd));
}

std::string Fs22::wavelengths() const {
  std::string out;
  for (std::size_t n = 0; n < std::min(break_after_, sensors_.size()); ++n) {
    if (sensors_[n].dead) continue;
    const double temperature = ground_ + sensors_[n].drift.value() + sensors_[n].heat;
    const double nm = kFirst + kApart * static_cast<double>(n) + (temperature - kReference) / kKelvinOfNm;
    out += fmt::format("{}{:.4f}", out.empty() ? "" : ", ", nm);
  }
  return out;
}

}  // namespace wayside::sim
