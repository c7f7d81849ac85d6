#include "sim/devices/kinds.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/devices/adec_tdc.hpp"
#include "sim/devices/cjt188_meter.hpp"
#include "sim/devices/dlt645_meter.hpp"
#include "sim/devices/dts.hpp"
#include "sim/devices/fs22.hpp"
#include "sim/devices/intesis_dali.hpp"
#include "sim/devices/lane_counter.hpp"
#include "sim/devices/relay.hpp"
#include "sim/devices/sdm630.hpp"
#include "sim/devices/seahawk.hpp"
#include "sim/nearest.hpp"

namespace wayside::sim {
namespace {

using Made = base::Result<std::unique_ptr<Device>>;

int whole(const Options& options, const char* name) { return static_cast<int>(options.at(name)); }

base::Error config_error(std::string what) { return {base::Errc::config, base::Consequence::fatal, std::move(what)}; }

Made make_meter(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<Sdm630>(Sdm630::Setup{whole(options, "lamps"), options.at("lamp_power"), seed}));
}

Made make_lamps(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<IntesisDali>(IntesisDali::Setup{whole(options, "lamps"), seed}));
}

Made make_fibre(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<Dts>(Dts::Setup{whole(options, "zones"), whole(options, "zone_length"), seed}));
}

Made make_cable(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<Seahawk>(Seahawk::Setup{whole(options, "length"), seed}));
}

Made make_relay(const Options&, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<Relay>(seed));
}

base::Result<LaneCounter::Track> make_track(const RecordingSpec& spec, int lanes) {
  using Register = LaneCounter::Register;
  static const std::map<std::string, Register> kRegisters{
      {"speed", Register::speed}, {"occupancy", Register::occupancy}, {"volume", Register::volume}};
  const auto drives = kRegisters.find(spec.drives);
  if (drives == kRegisters.end()) {
    return config_error(fmt::format("recording: unknown register '{}'{}", spec.drives,
                                    nearest_hint(spec.drives, recordable_registers())));
  }
  if (spec.lane > lanes) return config_error(fmt::format("recording: lane {} of {}", spec.lane, lanes));
  auto recording = Recording::load(spec.file);
  if (!recording) return recording.error().in("recording");
  return LaneCounter::Track{spec.lane, drives->second, spec.scale, std::move(*recording)};
}

Made make_counter(const Options& options, const DeviceSpec& spec, double speed, std::uint64_t seed) {
  LaneCounter::Setup setup;
  setup.lanes = whole(options, "lanes");
  setup.peak = options.at("peak");
  setup.free_speed = options.at("free_speed");
  setup.seed = seed;
  for (const auto& each : spec.recording) {
    auto track = make_track(each, setup.lanes);
    if (!track) return track.error();
    setup.tracks.push_back(std::move(*track));
    if (each.every.count() > 0 && setup.every.count() <= 0) setup.every = each.every;
  }
  // Played row by row, an interval is a row, unless one is asked for.
  setup.interval = options.at("interval");
  if (setup.every.count() > 0 && !spec.numbers.contains("interval")) setup.interval = setup.every.count() * speed;
  return Made(std::make_unique<LaneCounter>(std::move(setup)));
}

Made make_dlt645(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  const Sdm630::Setup meter{whole(options, "lamps"), options.at("lamp_power"), seed};
  return Made(std::make_unique<Dlt645Meter>(Dlt645Meter::Setup{options.at("address"), meter}));
}

Made make_cjt188(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<Cjt188Meter>(Cjt188Meter::Setup{options.at("address"), options.at("flow"), seed}));
}

Made make_tdc(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<AdecTdc>(
      AdecTdc::Setup{options.at("address"), options.at("peak"), options.at("free_speed"), seed}));
}

Made make_fs22(const Options& options, const DeviceSpec&, double, std::uint64_t seed) {
  return Made(std::make_unique<Fs22>(Fs22::Setup{whole(options, "sensors"), options.at("mean"), seed}));
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds{
      {"sdm630", {{"lamps", 20, 0, 600}, {"lamp_power", 80, 1, 2000}}, false, "intesis-dali", make_meter},
      {"intesis-dali", {{"lamps", 20, 1, 64}}, false, "", make_lamps},
      {"dlt645-meter",
       {{"lamps", 20, 0, 600}, {"lamp_power", 80, 1, 2000}, {"address", 161, 0, 999'999'999'999}},
       false,
       "",
       make_dlt645},
      {"cjt188-meter",
       {{"address", 78'330'011'223'344, 0, 99'999'999'999'999}, {"flow", 2, 0, 100}},
       false,
       "",
       make_cjt188},
      {"adec-tdc", {{"address", 1, 1, 255}, {"peak", 800, 0, 1900}, {"free_speed", 60, 10, 150}}, false, "", make_tdc},
      {"fs22", {{"sensors", 4, 1, 16}, {"mean", 15, -30, 60}}, false, "", make_fs22},
      {"dts", {{"zones", 32, 1, 256}, {"zone_length", 50, 1, 200}}, false, "", make_fibre},
      {"seahawk-10k", {{"length", 300, 1, 3000}}, false, "", make_cable},
      {"lane-counter",
       {{"lanes", 2, 1, 16}, {"interval", 60, 1, 3600}, {"peak", 800, 0, 1900}, {"free_speed", 60, 10, 150}},
       true,
       "",
       make_counter},
      {"relay", {}, false, "", make_relay},
  };
  return kKinds;
}

const Kind* find_kind(std::string_view name) {
  for (const auto& kind : kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.push_back(kind.name);
  return names;
}

std::vector<std::string> recordable_registers() { return {"speed", "occupancy", "volume"}; }

Made make_device(const DeviceSpec& spec, double speed, std::uint64_t seed) {
  const Kind* kind = find_kind(spec.kind);
  if (kind == nullptr) {
    return config_error(fmt::format("unknown kind '{}'{}", spec.kind, nearest_hint(spec.kind, kind_names())));
  }
  Options options;
  for (const auto& option : kind->options) {
    const auto given = spec.numbers.find(option.name);
    options[option.name] = given == spec.numbers.end() ? option.otherwise : given->second;
  }
  return kind->make(options, spec, speed, seed);
}

}  // namespace wayside::sim
