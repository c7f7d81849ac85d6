#include "traffic_counter/traffic_counter.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/bytes.hpp"
#include "common/family.hpp"
#include "traffic_counter/counter.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using device::Encoding;
using model::Quality;
using model::Sample;

constexpr std::array kOptions{
    device::OptionSpec{"max_rate", "1.2", "Most vehicles per second that a counter can truly count."},
    device::OptionSpec{"update_interval", "30", "Seconds for which the device may hold its counts back."},
    device::OptionSpec{"flow_window", "60", "Seconds over which the flow is a mean; 0: between two reads."},
};

constexpr std::uint8_t kStateVersion = 1;
constexpr std::uint32_t kMaxCounters = 4096;  // no device has more; a state that says so is not ours

// By the counter's name, so that lanes can come and go in the config.
using Memory = std::map<std::string, CounterState>;

CounterState read_counter(base::ByteReader& in) {
  CounterState counter;
  counter.raw = in.u64();
  counter.total = in.i64();
  counter.at = base::from_us(in.i64());
  for (auto& byte : counter.boot) byte = in.u8();
  counter.window_at = base::from_us(in.i64());
  counter.window_total = in.i64();
  const bool has_flow = in.u8() != 0;
  const double flow = in.f64();
  if (has_flow) counter.flow = flow;
  return counter;
}

void write_counter(base::ByteWriter& out, const CounterState& counter) {
  out.u64(counter.raw);
  out.i64(counter.total);
  out.i64(to_us(counter.at));
  for (const auto byte : counter.boot) out.u8(byte);
  out.i64(to_us(counter.window_at));
  out.i64(counter.window_total);
  out.u8(counter.flow ? 1 : 0);
  out.f64(counter.flow.value_or(0));
}

// Differences of what it holds do not overflow, whatever was stored.
bool is_sane(const CounterState& counter) {
  return counter.total >= 0 && counter.total <= std::numeric_limits<std::int64_t>::max() / 2 &&
         counter.window_total >= 0 && counter.window_total <= counter.total && to_us(counter.window_at) >= 0 &&
         counter.window_at <= counter.at;
}

Memory load(const DriverState& state) {
  base::ByteReader in(state);
  if (in.u8() != kStateVersion) return {};
  const auto count = in.u32();
  if (count > kMaxCounters) return {};
  Memory memory;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    auto name = in.text();
    const auto counter = read_counter(in);
    if (is_sane(counter)) memory[std::move(name)] = counter;
  }
  return in.ok() && in.at_end() ? memory : Memory{};
}

DriverState store(const Memory& memory) {
  base::ByteWriter out;
  out.u8(kStateVersion);
  out.u32(static_cast<std::uint32_t>(memory.size()));
  for (const auto& [name, counter] : memory) {
    out.text(name);
    write_counter(out, counter);
  }
  return out.take();
}

struct Counter {
  std::uint32_t point;  // becomes the total
  std::uint32_t delta;  // computed
  std::uint32_t flow;   // computed
  CounterSettings settings;
};

class TrafficCounter final : public device::Driver {
 public:
  TrafficCounter(Prepared prepared, std::vector<Counter> counters)
      : prepared_(std::move(prepared)), counters_(std::move(counters)) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    const Memory before = load(state);
    Memory after;
    auto samples = prepared_.decode(input.image);
    for (const auto& counter : counters_) {
      const auto& name = prepared_.points[counter.point].name;
      const auto known = before.find(name);
      const auto last = known == before.end() ? std::nullopt : std::optional(known->second);
      if (last) after[name] = *last;
      Sample* sample = find(samples, counter.point);
      if (sample == nullptr) continue;
      if (const auto now = count(counter, last, input, *sample, samples)) after[name] = *now;
    }
    return {std::move(samples), store(after)};
  }

 private:
  // Turns the sample into the total and appends the computed ones; the state after it, none if it was unusable.
  static std::optional<CounterState> count(const Counter& counter, const std::optional<CounterState>& last,
                                           const DecodeInput& input, Sample& sample, std::vector<Sample>& samples) {
    const auto* raw = std::get_if<std::int64_t>(&sample.value);
    if (raw == nullptr) {
      const auto quality = sample.quality;  // `sample` moves when the vector grows
      samples.push_back({counter.delta, {}, quality});
      samples.push_back({counter.flow, {}, quality});
      return std::nullopt;
    }
    const auto result = advance(counter.settings, last, static_cast<std::uint64_t>(*raw), input.at, input.boot);
    sample.value = result.state.total;
    sample.quality = worst(sample.quality, total_quality(result.step));
    const auto own = sample.quality;
    Sample delta{counter.delta, {}, worst(own, delta_quality(result.step))};
    if (result.delta) delta.value = *result.delta;
    Sample flow{counter.flow, {}, worst(own, result.flow_is_full ? Quality::good : no_flow_quality(result.step))};
    if (result.flow) flow.value = *result.flow;
    samples.push_back(std::move(delta));
    samples.push_back(std::move(flow));
    return result.state;
  }

  static Quality total_quality(CounterStep step) {
    switch (step) {
      case CounterStep::first:
      case CounterStep::counted: return Quality::good;
      case CounterStep::reboot:
      case CounterStep::reset:
      case CounterStep::gap: return Quality::uncertain_sub_normal;
    }
    return Quality::bad;
  }

  static Quality delta_quality(CounterStep step) {
    return step == CounterStep::first ? Quality::uncertain_initial_value : total_quality(step);
  }

  // Of a flow that is no mean of a full window.
  static Quality no_flow_quality(CounterStep step) {
    return step == CounterStep::first ? Quality::uncertain_initial_value : Quality::uncertain_sub_normal;
  }

  Prepared prepared_;
  std::vector<Counter> counters_;
};

base::Result<CounterSettings> read_settings(const device::DriverConfig& config) {
  CounterSettings settings;
  const auto rate = number_option(config, kOptions, "max_rate", 0.01, 100);
  if (rate.has_error()) return rate.error();
  const auto interval = number_option(config, kOptions, "update_interval", 0, 3600);
  if (interval.has_error()) return interval.error();
  const auto window = number_option(config, kOptions, "flow_window", 0, 86'400);
  if (window.has_error()) return window.error();
  const auto span = [](double s) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(s));
  };
  settings.max_rate = *rate;
  settings.update_interval = span(*interval);
  settings.flow_window = span(*window);
  return settings;
}

base::Result<Counter> add_counter(Prepared& prepared, std::uint32_t point, CounterSettings settings) {
  const device::PointSpec source = prepared.points[point];  // a copy: points grow below
  const bool whole = source.scale == 1 && source.offset == 0 && source.bit < 0;
  if (!whole || (source.encoding != Encoding::u16 && source.encoding != Encoding::u32)) {
    return config_error("point '" + source.name + "': a counter is a u16 or u32 without scale and offset");
  }
  settings.bits = source.encoding == Encoding::u16 ? 16 : 32;
  const auto& metric = source.metric;
  const std::string flow_metric = metric == "volume" ? "flow" : metric + "_flow";
  const std::string what = "Counted by '" + metric + "'";
  const auto delta =
      add_point(prepared, computed_from(source, metric + "_delta", source.unit, what + " since the last good sample."));
  if (delta.has_error()) return delta.error();
  const auto flow = add_point(
      prepared, computed_from(source, flow_metric, "1/h", what + " per hour, a mean of the last full window."));
  if (flow.has_error()) return flow.error();
  return Counter{point, *delta, *flow, settings};
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare(config);
  if (prepared.has_error()) return prepared.error();
  const auto settings = read_settings(config);
  if (settings.has_error()) return settings.error();
  std::vector<Counter> counters;
  for (const auto point : with_role(*prepared, "counter")) {
    const auto counter = add_counter(*prepared, point, *settings);
    if (counter.has_error()) return counter.error();
    counters.push_back(*counter);
  }
  return std::make_unique<TrafficCounter>(std::move(*prepared), std::move(counters));
}

}  // namespace

const device::DriverFamily& traffic_counter_family() {
  static constexpr device::DriverFamily family{
      .name = "traffic_counter", .title = "Traffic counters with lanes", .options = kOptions, .make = &make};
  return family;
}

}  // namespace wayside::drivers
