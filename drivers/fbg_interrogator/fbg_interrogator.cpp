#include "fbg_interrogator/fbg_interrogator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "common/named_items.hpp"
#include "fbg_interrogator/fbg_setup.hpp"
#include "fbg_interrogator/fs22_frame.hpp"
#include "fbg_interrogator/peaks.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using fbg::Fit;
using fbg::kLeastNm;
using fbg::kMostNm;
using fbg::kMostSensors;
using fbg::Sensor;
using fbg::Setup;
using model::Quality;

constexpr std::array<std::string_view, 8> kItems{"wavelength",  "temperature", "strain",      "fibre_break",
                                                 "break_after", "peaks",       "stray_peaks", "failed_sensors"};

constexpr std::uint8_t kStateVersion = 1;

// Where each sensor surely was last, by its name.
using Memory = std::map<std::string, double>;

std::string name_of(std::size_t sensor) { return fmt::format("sensor-{}", sensor + 1); }

Memory load(const DriverState& state) {
  base::ByteReader in(state);
  if (in.u8() != kStateVersion) return {};
  const auto count = in.u32();
  if (count > kMostSensors) return {};
  Memory memory;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    auto name = in.text();
    const double nm = in.f64();
    if (nm >= kLeastNm && nm <= kMostNm) memory[std::move(name)] = nm;
  }
  return in.ok() && in.at_end() ? memory : Memory{};
}

DriverState store(const Memory& memory) {
  base::ByteWriter out;
  out.u8(kStateVersion);
  out.u32(static_cast<std::uint32_t>(memory.size()));
  for (const auto& [name, nm] : memory) {
    out.text(name);
    out.f64(nm);
  }
  return out.take();
}

Quality quality_of(Fit fit) {
  switch (fit) {
    case Fit::sure: return Quality::good;
    case Fit::unsure: return Quality::uncertain;
    case Fit::missing: break;
  }
  return Quality::bad_sensor_failure;
}

class FbgInterrogator final : public device::Driver {
 public:
  FbgInterrogator(Prepared prepared, Setup setup) : prepared_(std::move(prepared)), setup_(std::move(setup)) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  std::optional<device::FrameRequest> next_frame(std::size_t /*group*/, std::span<const base::Bytes> so_far,
                                                 const DriverState& /*state*/) const override {
    if (!so_far.empty()) return std::nullopt;
    return device::FrameRequest{fs22::ask_wavelengths(setup_.channel)};
  }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    if (input.frames.empty()) return {{}, state};
    Readings readings;
    const auto answer = fs22::parse(input.frames[0]);
    if (answer.answer != fs22::Answer::wavelengths) {
      const bool refused = answer.answer == fs22::Answer::refused;
      put_all(prepared_, -1, refused ? Quality::bad_device_failure : Quality::bad_communication_error, readings);
      return {item_samples(prepared_, readings), state};
    }
    const Memory before = load(state);
    Memory after;
    const auto assigned = fbg::assign(setup_.windows, answer.nm, last_of(before));
    for (std::size_t i = 0; i < setup_.sensors.size(); ++i) {
      put_sensor(i, assigned, readings);
      const auto known = before.find(name_of(i));
      if (assigned.sensors[i].fit == Fit::sure) {
        after[name_of(i)] = assigned.sensors[i].nm;
      } else if (known != before.end()) {
        after[name_of(i)] = known->second;
      }
    }
    put_fibre(answer.nm.size(), assigned, readings);
    return {item_samples(prepared_, readings), store(after)};
  }

 private:
  std::vector<std::optional<double>> last_of(const Memory& memory) const {
    std::vector<std::optional<double>> last(setup_.sensors.size());
    for (std::size_t i = 0; i < last.size(); ++i) {
      if (const auto known = memory.find(name_of(i)); known != memory.end()) last[i] = known->second;
    }
    return last;
  }

  void put_sensor(std::size_t i, const fbg::Assignment& assigned, Readings& out) const {
    const auto& sensor = setup_.sensors[i];
    const auto& peak = assigned.sensors[i];
    const auto quality = quality_of(peak.fit);
    const int number = static_cast<int>(i) + 1;
    // What a sensor of this kind does not measure is no failure of it.
    out.put(sensor.is_strain ? "temperature" : "strain", number, {}, Quality::bad_out_of_service);
    if (peak.fit == Fit::missing) {
      for (const auto* item : {"wavelength", sensor.is_strain ? "strain" : "temperature"}) {
        out.put(item, number, {}, quality);
      }
      return;
    }
    out.put("wavelength", number, peak.nm, quality);
    if (sensor.is_strain) return put_strain(sensor, peak.nm, quality, number, assigned, out);
    out.put("temperature", number, fbg::temperature(sensor.temperature, peak.nm), quality);
  }

  // Without a temperature beside it, strain and heat cannot be told apart: 10 K look like 80 microstrain.
  void put_strain(const Sensor& sensor, double nm, Quality quality, int number, const fbg::Assignment& assigned,
                  Readings& out) const {
    if (!sensor.beside || assigned.sensors[*sensor.beside].fit == Fit::missing) {
      const double value = fbg::strain(sensor.strain, nm, sensor.strain.t0);
      return out.put("strain", number, value, worst(quality, Quality::uncertain_sensor_not_accurate));
    }
    const auto& beside = assigned.sensors[*sensor.beside];
    const double warm = fbg::temperature(setup_.sensors[*sensor.beside].temperature, beside.nm);
    out.put("strain", number, fbg::strain(sensor.strain, nm, warm), worst(quality, quality_of(beside.fit)));
  }

  void put_fibre(std::size_t peaks, const fbg::Assignment& assigned, Readings& out) const {
    // No vector<bool>: a span needs bools one after another.
    std::array<bool, kMostSensors> there{};
    std::int64_t failed = 0;
    for (std::size_t place = 0; place < setup_.order.size(); ++place) {
      there[place] = assigned.sensors[setup_.order[place]].fit != Fit::missing;
      if (!there[place]) ++failed;
    }
    const auto whole = fbg::broken_after(std::span(there).first(setup_.order.size()), setup_.break_sensors);
    out.put("fibre_break", 0, whole.has_value());
    if (whole) {
      const auto last = *whole == 0 ? 0 : static_cast<std::int64_t>(setup_.order[*whole - 1]) + 1;
      out.put("break_after", 0, last);
    } else {
      out.put("break_after", 0, {}, Quality::bad_out_of_service);
    }
    out.put("peaks", 0, static_cast<std::int64_t>(peaks));
    out.put("stray_peaks", 0, std::int64_t{assigned.strays});
    out.put("failed_sensors", 0, failed);
  }

  Prepared prepared_;
  Setup setup_;
};

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare_items(config, kItems, fs22::kProtocol);
  if (prepared.has_error()) return prepared.error();
  int count = 0;
  for (auto& point : prepared->points) {
    if (point.locator == "fibre_break") point.encoding = device::Encoding::bit;
  }
  for (const auto& point : prepared->points) count = std::max(count, instance_of(point));
  if (count > static_cast<int>(kMostSensors)) {
    return config_error(fmt::format("{} sensors on one channel; there are {} at most", count, kMostSensors));
  }
  auto setup = fbg::read_setup(config, static_cast<std::size_t>(count));
  if (setup.has_error()) return setup.error();
  return std::make_unique<FbgInterrogator>(std::move(*prepared), std::move(*setup));
}

}  // namespace

const device::DriverFamily& fbg_interrogator_family() {
  static const device::DriverFamily family{.name = "fbg_interrogator",
                                           .title = "Interrogators of fibre Bragg gratings",
                                           .options = fbg::options(),
                                           .make = &make,
                                           .protocol = &fs22::kProtocol};
  return family;
}

}  // namespace wayside::drivers
