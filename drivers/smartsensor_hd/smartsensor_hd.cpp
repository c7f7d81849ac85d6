#include "smartsensor_hd/smartsensor_hd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/intervals.hpp"
#include "smartsensor_hd/z1_frame.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;

constexpr std::array kOptions{
    device::OptionSpec{"address", "1", "Sensor id, 1 to 65535."},
    device::OptionSpec{"interval", "60", "Seconds of one interval, as set up in the sensor."},
    device::OptionSpec{"speed_unit", "km/h", "Unit of speeds that is set up in the sensor: km/h or mph."},
};

constexpr std::array<std::string_view, 24> kItems{
    "volume",        "volume_delta",     "flow",    "class_1",       "class_1_delta", "class_1_flow", "class_2",
    "class_2_delta", "class_2_flow",     "class_3", "class_3_delta", "class_3_flow",  "class_4",      "class_4_delta",
    "class_4_flow",  "occupancy",        "speed",   "speed85",       "headway",       "gap",          "interval_id",
    "lane_count",    "missed_intervals", "result"};

constexpr double kKmPerMile = 1.609344;
constexpr std::uint8_t kStateVersion = 1;

struct Settings {
  std::uint16_t id = 1;
  std::int64_t interval = 60;
  double speed_scale = 1;
};

struct Memory {
  std::optional<std::int64_t> stamp;  // end of the last interval, by the sensor's clock
  Totals totals;
};

Memory load(const DriverState& state) {
  base::ByteReader in(state);
  if (in.u8() != kStateVersion) return {};
  const bool has_stamp = in.u8() != 0;
  const auto stamp = in.i64();
  auto totals = read_totals(in);
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (!totals || !in.ok() || !in.at_end() || stamp < -kMost || stamp > kMost) return {};
  return {has_stamp ? std::optional(stamp) : std::nullopt, std::move(*totals)};
}

DriverState store(const Memory& memory) {
  base::ByteWriter out;
  out.u8(kStateVersion);
  out.u8(memory.stamp ? 1 : 0);
  out.i64(memory.stamp.value_or(0));
  write_totals(out, memory.totals);
  return out.take();
}

struct Step {
  IntervalStep step = IntervalStep::first;
  std::int64_t missed = 0;
};

// An interval begins where the one before ended. One that begins later left others out; one that begins earlier, or
// somewhere inside, overlaps with what was counted: it is discarded rather than counted twice.
Step step_of(const std::optional<std::int64_t>& last, std::int64_t now, std::int64_t interval) {
  if (!last) return {};
  const auto passed = now - *last;
  if (passed == 0) return {IntervalStep::repeated, 0};
  if (passed < 0 || passed % interval != 0) return {IntervalStep::discarded, 0};
  return passed == interval ? Step{IntervalStep::next, 0} : Step{IntervalStep::gap, passed / interval - 1};
}

// The packets of one answer, all of one interval; empty: not all came, or they do not belong together.
std::vector<z1::LaneInterval> gather(std::span<const base::Bytes> frames) {
  std::vector<z1::LaneInterval> all;
  for (const auto& bytes : frames) {
    const auto packet = z1::parse(bytes);
    const auto lane = packet ? z1::interval_of(*packet) : std::nullopt;
    if (!lane || lane->lane != all.size()) return {};
    if (!all.empty() && (lane->stamp != all[0].stamp || lane->number != all[0].number || lane->lanes != all[0].lanes ||
                         lane->approaches != all[0].approaches)) {
      return {};
    }
    all.push_back(*lane);
  }
  if (all.empty() || all.size() != all[0].lanes + all[0].approaches) return {};
  all.resize(all[0].lanes);
  return all;
}

class SmartSensorHd final : public device::Driver {
 public:
  SmartSensorHd(Prepared prepared, Settings settings) : prepared_(std::move(prepared)), settings_(settings) {
    for (const auto& point : prepared_.points) lanes_ = std::max(lanes_, instance_of(point));
  }

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  std::optional<device::FrameRequest> next_frame(std::size_t /*group*/, std::span<const base::Bytes> so_far,
                                                 const DriverState& /*state*/) const override {
    if (so_far.empty()) return device::FrameRequest{z1::ask_interval(settings_.id)};
    const auto packet = z1::parse(so_far.back());
    const auto lane = packet ? z1::interval_of(*packet) : std::nullopt;
    // A refusal, or what belongs to nothing, ends the turn.
    if (!lane || lane->lane + 1 >= lane->lanes + lane->approaches || so_far.size() >= z1::kMostPackets) {
      return std::nullopt;
    }
    return device::FrameRequest{};
  }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    if (input.frames.empty()) return {{}, state};
    Readings readings;
    const auto first = z1::parse(input.frames[0]);
    const auto result = first ? z1::result_of(*first) : std::nullopt;
    const auto lanes = gather(input.frames);
    if (lanes.empty()) {
      put_all(prepared_, -1, result ? Quality::bad_device_failure : Quality::bad_communication_error, readings);
      if (result) readings.put("result", 0, std::int64_t{*result});
      return {item_samples(prepared_, readings), state};
    }
    Memory memory = load(state);
    const auto step = step_of(memory.stamp, lanes[0].stamp, settings_.interval);
    readings.put("result", 0, std::int64_t{0});
    readings.put("interval_id", 0, static_cast<std::int64_t>(lanes[0].number));
    readings.put("lane_count", 0, static_cast<std::int64_t>(lanes[0].lanes));
    put_missed(step, readings);
    for (int lane = 1; lane <= lanes_; ++lane) {
      if (static_cast<std::size_t>(lane) > lanes.size()) {
        put_all(prepared_, lane, Quality::bad_configuration_error, readings);
      } else {
        put_lane(lanes[static_cast<std::size_t>(lane) - 1], lane, step.step, memory.totals, readings);
      }
    }
    memory.stamp = lanes[0].stamp;
    return {item_samples(prepared_, readings), store(memory)};
  }

 private:
  static void put_missed(const Step& step, Readings& out) {
    if (step.step == IntervalStep::first) {
      out.put("missed_intervals", 0, {}, Quality::uncertain_initial_value);
    } else if (step.step == IntervalStep::discarded) {
      out.put("missed_intervals", 0, {}, Quality::uncertain_sub_normal);
    } else {
      out.put("missed_intervals", 0, step.missed);
    }
  }

  void put_lane(const z1::LaneInterval& data, int lane, IntervalStep step, Totals& totals, Readings& out) const {
    const auto period = static_cast<double>(settings_.interval);
    put_count("volume", lane, data.volume, step, period, totals, out);
    for (std::size_t i = 0; i < data.classes.size(); ++i) {
      put_count(fmt::format("class_{}", i + 1), lane, data.classes[i], step, period, totals, out);
    }
    put_optional("speed", lane, data.speed, settings_.speed_scale, out);
    put_optional("speed85", lane, data.speed85, settings_.speed_scale, out);
    put_optional("occupancy", lane, data.occupancy, 1.0 / 256, out);
    out.put("headway", lane, static_cast<std::int64_t>(data.headway));
    out.put("gap", lane, static_cast<std::int64_t>(data.gap));
  }

  template <class Number>
  static void put_optional(std::string_view item, int lane, const std::optional<Number>& value, double scale,
                           Readings& out) {
    if (value) {
      out.put(item, lane, static_cast<double>(*value) * scale);
    } else {
      out.put(item, lane, {}, Quality::bad_sensor_failure);
    }
  }

  Prepared prepared_;
  Settings settings_;
  int lanes_ = 0;
};

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  constexpr std::array<std::string_view, 2> kUnits{"km/h", "mph"};
  auto prepared = prepare_items(config, kItems, z1::kProtocol);
  if (prepared.has_error()) return prepared.error();
  const auto id = whole_option(config, kOptions, "address", 1, 65535);
  if (id.has_error()) return id.error();
  const auto interval = whole_option(config, kOptions, "interval", 5, 86'400);
  if (interval.has_error()) return interval.error();
  const auto unit = choice_option(config, kOptions, "speed_unit", kUnits);
  if (unit.has_error()) return unit.error();
  const Settings settings{static_cast<std::uint16_t>(*id), *interval, *unit == 0 ? 1.0 : kKmPerMile};
  return std::make_unique<SmartSensorHd>(std::move(*prepared), settings);
}

}  // namespace

const device::DriverFamily& smartsensor_hd_family() {
  static constexpr device::DriverFamily family{.name = "smartsensor_hd",
                                               .title = "Wavetronix SmartSensor HD traffic detectors",
                                               .options = kOptions,
                                               .make = &make,
                                               .protocol = &z1::kProtocol};
  return family;
}

}  // namespace wayside::drivers
