#include "rtms_g4/rtms_g4.hpp"

#include <algorithm>
#include <array>

#include "common/intervals.hpp"
#include "rtms_g4/g4_frame.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;

constexpr std::array kOptions{
    device::OptionSpec{"address", "1", "Sensor id, 1 to 65535."},
};

struct Count {
  std::string_view item;
  std::uint8_t qualifier;
};
constexpr std::array kCounts{Count{"volume", 0x10},  Count{"class_1", 0x14}, Count{"class_2", 0x15},
                             Count{"class_3", 0x16}, Count{"class_4", 0x17}, Count{"class_5", 0x18}};
constexpr std::uint16_t kMostCount = 0xFE00;

struct Mean {
  std::string_view item;
  std::uint8_t qualifier;
  std::uint16_t most;  // more is no value
  bool is_speed;
};
constexpr std::array kMeans{Mean{"occupancy", 0x11, 1000, false}, Mean{"speed", 0x12, 200, true},
                            Mean{"gap", 0x13, 36'000, false}, Mean{"headway", 0x1E, 36'000, false},
                            Mean{"speed85", 0x1F, 200, true}};

constexpr std::array<std::string_view, 30> kItems{"volume",
                                                  "volume_delta",
                                                  "flow",
                                                  "class_1",
                                                  "class_1_delta",
                                                  "class_1_flow",
                                                  "class_2",
                                                  "class_2_delta",
                                                  "class_2_flow",
                                                  "class_3",
                                                  "class_3_delta",
                                                  "class_3_flow",
                                                  "class_4",
                                                  "class_4_delta",
                                                  "class_4_flow",
                                                  "class_5",
                                                  "class_5_delta",
                                                  "class_5_flow",
                                                  "occupancy",
                                                  "speed",
                                                  "gap",
                                                  "headway",
                                                  "speed85",
                                                  "interval_id",
                                                  "interval_length",
                                                  "missed_intervals",
                                                  "lane_count",
                                                  "voltage",
                                                  "health",
                                                  "status"};

constexpr double kKmPerMile = 1.609344;
constexpr std::uint8_t kStateVersion = 1;

struct Memory {
  bool known = false;
  std::uint8_t number = 0;
  std::optional<std::int64_t> stamp;
  Totals totals;
};

Memory load(const DriverState& state) {
  base::ByteReader in(state);
  if (in.u8() != kStateVersion) return {};
  Memory memory;
  memory.known = in.u8() != 0;
  memory.number = in.u8();
  const bool has_stamp = in.u8() != 0;
  const auto stamp = in.i64();
  if (has_stamp) memory.stamp = stamp;
  auto totals = read_totals(in);
  const bool sane = totals && in.ok() && in.at_end() && stamp >= 0 && stamp < std::int64_t{1} << 40;
  if (!sane) return {};
  memory.totals = std::move(*totals);
  return memory;
}

DriverState store(const Memory& memory) {
  base::ByteWriter out;
  out.u8(kStateVersion);
  out.u8(memory.known ? 1 : 0);
  out.u8(memory.number);
  out.u8(memory.stamp ? 1 : 0);
  out.i64(memory.stamp.value_or(0));
  write_totals(out, memory.totals);
  return out.take();
}

struct Step {
  IntervalStep step = IntervalStep::first;
  std::optional<std::int64_t> missed;  // none: nobody can say
};

// The number tells which interval this is, the clock of the sensor how often the number may have gone round.
Step step_of(const Memory& last, const g4::Header& now) {
  if (!last.known) return {};
  const auto moved = static_cast<std::uint8_t>(now.number - last.number);
  if (!last.stamp || !now.stamp) {
    if (moved == 0) return {IntervalStep::repeated, 0};
    if (moved == 1) return {IntervalStep::next, 0};
    return {IntervalStep::gap, std::nullopt};
  }
  const auto passed = *now.stamp - *last.stamp;
  if (moved == 0 && passed < now.period) return {IntervalStep::repeated, 0};
  // Two clocks that do not run quite alike, and whole seconds: to the nearest whole number of intervals.
  const auto intervals = passed < 0 ? -1 : (passed + now.period / 2) / now.period;
  if (intervals >= 1 && intervals % 256 == moved) {
    return {intervals == 1 ? IntervalStep::next : IntervalStep::gap, intervals - 1};
  }
  if (moved == 0) return {IntervalStep::repeated, 0};  // the clock of the sensor was set
  // The clock was set, or the sensor began anew. It is another interval all the same, and of the sensor's own count.
  return moved == 1 ? Step{IntervalStep::next, 0} : Step{IntervalStep::gap, std::nullopt};
}

class RtmsG4 final : public device::Driver {
 public:
  RtmsG4(Prepared prepared, std::uint16_t id) : prepared_(std::move(prepared)), id_(id) {
    for (const auto& point : prepared_.points) lanes_ = std::max(lanes_, instance_of(point));
  }

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  std::optional<device::FrameRequest> next_frame(std::size_t /*group*/, std::span<const base::Bytes> so_far,
                                                 const DriverState& /*state*/) const override {
    if (so_far.empty()) return device::FrameRequest{g4::stat_poll(id_)};
    const auto last = g4::parse(so_far.back());
    // What is no part of statistics (a NAK) ends the turn: a footer will not come.
    const auto qualifier = last ? last->qualifier : std::uint8_t{0};
    const bool goes_on = (qualifier >= 0x10 && qualifier <= 0x1F && so_far.size() > 1) || qualifier == g4::kStatHeader;
    if (!goes_on || so_far.size() >= g4::kMostFrames) return std::nullopt;
    return device::FrameRequest{};
  }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    if (input.frames.empty()) return {{}, state};
    Readings readings;
    const auto statistics = g4::gather(input.frames, id_);
    if (!statistics) {
      put_all(prepared_, -1, Quality::bad_communication_error, readings);
      return {item_samples(prepared_, readings), state};
    }
    Memory memory = load(state);
    const auto step = step_of(memory, statistics->header);
    put_device(statistics->header, step, readings);
    for (int lane = 1; lane <= lanes_; ++lane) put_lane(*statistics, lane, step.step, memory.totals, readings);
    memory.known = true;
    memory.number = statistics->header.number;
    // The stamp of a repeated one stays: it is counted from when the interval was first seen.
    if (step.step != IntervalStep::repeated || !memory.stamp) memory.stamp = statistics->header.stamp;
    return {item_samples(prepared_, readings), store(memory)};
  }

 private:
  static void put_device(const g4::Header& header, const Step& step, Readings& out) {
    out.put("interval_id", 0, std::int64_t{header.number});
    out.put("interval_length", 0, std::int64_t{header.period});
    out.put("lane_count", 0, static_cast<std::int64_t>(header.zones));
    out.put("voltage", 0, std::int64_t{header.volts});
    out.put("health", 0, std::int64_t{header.health});
    out.put("status", 0, std::int64_t{header.flags});
    if (step.step == IntervalStep::first) {
      out.put("missed_intervals", 0, {}, Quality::uncertain_initial_value);
    } else if (step.missed) {
      out.put("missed_intervals", 0, *step.missed);
    } else {
      out.put("missed_intervals", 0, {}, Quality::uncertain_sub_normal);
    }
  }

  // The value of a lane; none: not told for this lane, or not sent by this sensor (then `configured` is false).
  static std::optional<std::uint16_t> value_of(const g4::Statistics& s, std::uint8_t qualifier, int lane,
                                               bool& configured) {
    const auto found = s.by_qualifier.find(qualifier);
    configured = found != s.by_qualifier.end() && static_cast<std::size_t>(lane) <= found->second.size();
    return configured ? std::optional(found->second[static_cast<std::size_t>(lane) - 1]) : std::nullopt;
  }

  static void put_lane(const g4::Statistics& s, int lane, IntervalStep step, Totals& totals, Readings& out) {
    bool configured = false;
    for (const auto& count : kCounts) {
      auto value = value_of(s, count.qualifier, lane, configured);
      if (value && *value > kMostCount) value.reset();
      put_count(count.item, lane, value, step, s.header.period, totals, out);
      if (configured) continue;
      const std::string item(count.item);
      for (const auto& name : {item, item + "_delta", item == "volume" ? "flow" : item + "_flow"}) {
        out.put(name, lane, {}, Quality::bad_configuration_error);
      }
    }
    for (const auto& mean : kMeans) {
      const auto value = value_of(s, mean.qualifier, lane, configured);
      if (!value || *value > mean.most) {
        out.put(mean.item, lane, {}, configured ? Quality::bad_sensor_failure : Quality::bad_configuration_error);
      } else if (mean.is_speed && (s.header.flags & 1U) != 0) {
        out.put(mean.item, lane, *value * kKmPerMile);
      } else {
        out.put(mean.item, lane, std::int64_t{*value});
      }
    }
  }

  Prepared prepared_;
  std::uint16_t id_;
  int lanes_ = 0;
};

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare_items(config, kItems, g4::kProtocol);
  if (prepared.has_error()) return prepared.error();
  const auto id = whole_option(config, kOptions, "address", 1, 65535);
  if (id.has_error()) return id.error();
  return std::make_unique<RtmsG4>(std::move(*prepared), static_cast<std::uint16_t>(*id));
}

}  // namespace

const device::DriverFamily& rtms_g4_family() {
  static constexpr device::DriverFamily family{.name = "rtms_g4",
                                               .title = "RTMS G4 radar traffic detectors",
                                               .options = kOptions,
                                               .make = &make,
                                               .protocol = &g4::kProtocol};
  return family;
}

}  // namespace wayside::drivers
