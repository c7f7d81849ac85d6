#include "adec_tdc/adec_tdc.hpp"

#include <algorithm>
#include <array>

#include "adec_tdc/tdc_dialogue.hpp"
#include "adec_tdc/tdc_state.hpp"
#include "common/named_items.hpp"

namespace wayside::drivers {

namespace {

using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;
using tdc::Dialogue;
using tdc::State;
using Seconds = std::chrono::duration<double>;

constexpr std::array kOptions{
    device::OptionSpec{"address", "1", "Address of the detector on the line, 1 to 255."},
    device::OptionSpec{"vehicle_size", "7", "Bytes of one vehicle as set up in the detector: 6, 7 or 11."},
    device::OptionSpec{"answers", "4", "Most answers with vehicles (up to four each) in one turn."},
    device::OptionSpec{"interval", "30", "Seconds over which speed, occupancy and flow are taken."},
    device::OptionSpec{"max_rate", "1.2", "Most vehicles per second that can truly pass."},
};

constexpr std::array<std::string_view, 12> kItems{"volume",      "volume_delta",    "flow",       "speed",
                                                  "occupancy",   "last_speed",      "last_class", "last_gap",
                                                  "last_length", "missed_vehicles", "status",     "last_occupancy"};

constexpr int kLane = 1;               // one detector, one lane
constexpr std::uint8_t kPatience = 3;  // turns without an answer after which the link is reset
constexpr double kMargin = 5;          // vehicles on top of what the rate allows
// A restart of the gateway whose length nobody knows counts as this long.
constexpr Seconds kUnknownPause = std::chrono::hours{24};

struct Settings {
  tdc::DialogueSettings dialogue;
  std::chrono::microseconds interval{};
  double max_rate = 1.2;
};

// Not measured. [?] The document at hand does not say which values mean that; neither can be a moving vehicle's speed.
bool has_speed(const ft12::Vehicle& v) { return v.speed != 0 && v.speed != 0xFF; }

class AdecTdc final : public device::Driver {
 public:
  AdecTdc(Prepared prepared, Settings settings) : prepared_(std::move(prepared)), settings_(settings) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  std::optional<device::FrameRequest> next_frame(std::size_t /*group*/, std::span<const base::Bytes> so_far,
                                                 const DriverState& state) const override {
    auto next = replay(tdc::load(state), so_far).next();
    if (!next) return std::nullopt;
    return device::FrameRequest{std::move(*next)};
  }

  Decoded decode(const DecodeInput& input, const DriverState& before) const override {
    State state = tdc::load(before);
    if (input.frames.empty()) return {{}, note_silence(state, before)};
    const auto turn = replay(state, input.frames);
    state.silent = 0;
    state.linked = turn.linked();
    state.count_bit = turn.count_bit();
    Readings readings;
    if (turn.status()) readings.put("status", kLane, std::int64_t{*turn.status()});
    if (turn.unreadable()) {
      put_all(prepared_, kLane, Quality::bad_configuration_error, readings);
    } else if (turn.answered()) {
      count(turn, input, state, readings);
      observe(turn, input, state, readings);
    }
    return {item_samples(prepared_, readings), tdc::store(state)};
  }

 private:
  Dialogue replay(const State& state, std::span<const base::Bytes> frames) const {
    Dialogue dialogue(settings_.dialogue, state.linked, state.count_bit);
    for (const auto& frame : frames) dialogue.take(frame);
    return dialogue;
  }

  // A detector that was switched off waits for a reset of the link; one that only missed a request must not get it,
  // for the reset forgets the answer that has to be repeated.
  static DriverState note_silence(State& state, const DriverState& before) {
    if (!state.linked) return before;
    if (++state.silent >= kPatience) {
      state.linked = false;
      state.silent = 0;
    }
    return tdc::store(state);
  }

  // What the detector counted and did not send; none: nobody can say. Its count is compared only when its queue is
  // empty: whether it already holds the vehicles that still wait there is not documented.
  std::optional<std::int64_t> missed(std::uint32_t lifetime, const DecodeInput& input, const State& state) const {
    const auto counted = static_cast<std::int64_t>(lifetime - *state.lifetime);  // modulo 2^32
    const bool same_boot = state.boot == input.boot;
    const auto elapsed = same_boot ? Seconds(input.at - state.at) : kUnknownPause;
    const double most = settings_.max_rate * std::max(0.0, elapsed.count()) + kMargin;
    const auto gone = counted - state.received;
    if (gone < 0 || static_cast<double>(gone) > most) return std::nullopt;
    return gone;
  }

  void count(const Dialogue& turn, const DecodeInput& input, State& state, Readings& out) const {
    auto delta = static_cast<std::int64_t>(turn.vehicles().size());
    state.received += delta;
    auto quality = Quality::good;
    if (turn.drained() && turn.lifetime()) {
      const auto gone = state.lifetime ? missed(*turn.lifetime(), input, state) : 0;
      delta += gone.value_or(0);
      // Those missed passed at some time since the queue was last empty; how many is not known after a reset.
      if (!gone || *gone > 0) quality = Quality::uncertain_sub_normal;
      out.put("missed_vehicles", kLane, gone ? model::Value(*gone) : model::Value{}, gone ? Quality::good : quality);
      state.lifetime = turn.lifetime();
      state.received = 0;
      state.at = input.at;
      state.boot = input.boot;
    } else if (turn.drained()) {
      out.put("missed_vehicles", kLane, std::int64_t{0});
    }
    state.total += delta;
    out.put("volume", kLane, state.total, quality);
    const bool first = !state.counted;
    out.put("volume_delta", kLane, first ? model::Value{} : model::Value(delta),
            first ? Quality::uncertain_initial_value : quality);
    state.counted = true;
    put_last(turn, out);
  }

  static void put_last(const Dialogue& turn, Readings& out) {
    if (turn.vehicles().empty()) return;
    const auto& last = turn.vehicles().back();
    out.put("last_speed", kLane, has_speed(last) ? model::Value(std::int64_t{last.speed}) : model::Value{});
    out.put("last_class", kLane, std::int64_t{last.class_lane});
    out.put("last_gap", kLane, std::int64_t{last.gap});
    out.put("last_occupancy", kLane, std::int64_t{last.occupancy});
    out.put("last_length", kLane, last.length ? model::Value(std::int64_t{*last.length}) : model::Value{},
            last.length ? Quality::good : Quality::bad_configuration_error);
  }

  void observe(const Dialogue& turn, const DecodeInput& input, State& state, Readings& out) const {
    auto& w = state.window;
    // What comes with the first turn passed before it: it is counted, but its interval is not known.
    if (!w.open || w.boot != input.boot || input.at < w.since) {
      w = tdc::Window{};
      w.open = true;
      w.since = input.at;
      w.boot = input.boot;
    } else {
      add(turn, w);
      if (input.at - w.since >= settings_.interval && input.at > w.since) close(input.at, w);
    }
    if (!w.full) {
      for (const auto* item : {"flow", "speed", "occupancy"}) {
        out.put(item, kLane, {}, Quality::uncertain_initial_value);
      }
      return;
    }
    out.put("flow", kLane, w.flow);
    out.put("speed", kLane, w.speed ? model::Value(*w.speed) : model::Value{},
            w.speed ? Quality::good : Quality::bad_out_of_service);
    // A vehicle that stood longer than the interval is told when it goes, with all of its time.
    const bool over = w.occupancy > 100;
    out.put("occupancy", kLane, std::min(w.occupancy, 100.0), over ? Quality::uncertain_sub_normal : Quality::good);
  }

  static void add(const Dialogue& turn, tdc::Window& w) {
    for (const auto& v : turn.vehicles()) {
      ++w.vehicles;
      w.covered += v.occupancy;
      if (!has_speed(v)) continue;
      w.speed_sum += v.speed;
      ++w.speeds;
    }
  }

  static void close(base::BootTime at, tdc::Window& w) {
    const double span = Seconds(at - w.since).count();
    tdc::Window next;
    next.open = true;
    next.since = at;
    next.boot = w.boot;
    next.full = true;
    if (w.speeds > 0) next.speed = static_cast<double>(w.speed_sum) / static_cast<double>(w.speeds);
    next.occupancy = static_cast<double>(w.covered) * 0.01 / span * 100;
    next.flow = static_cast<double>(w.vehicles) * 3600 / span;
    w = next;
  }

  Prepared prepared_;
  Settings settings_;
};

base::Result<Settings> read_settings(const device::DriverConfig& config) {
  constexpr std::array<std::string_view, 3> kSizes{"6", "7", "11"};
  constexpr std::array<std::size_t, 3> kBytes{6, 7, 11};
  const auto address = whole_option(config, kOptions, "address", 1, 255);
  if (address.has_error()) return address.error();
  const auto size = choice_option(config, kOptions, "vehicle_size", kSizes);
  if (size.has_error()) return size.error();
  const auto answers = whole_option(config, kOptions, "answers", 1, 32);
  if (answers.has_error()) return answers.error();
  const auto interval = number_option(config, kOptions, "interval", 0, 3600);
  if (interval.has_error()) return interval.error();
  const auto rate = number_option(config, kOptions, "max_rate", 0.01, 100);
  if (rate.has_error()) return rate.error();
  Settings settings;
  settings.dialogue = {static_cast<std::uint8_t>(*address), kBytes[*size], static_cast<std::size_t>(*answers)};
  settings.interval = std::chrono::duration_cast<std::chrono::microseconds>(Seconds(*interval));
  settings.max_rate = *rate;
  return settings;
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare_items(config, kItems, ft12::kProtocol);
  if (prepared.has_error()) return prepared.error();
  const auto settings = read_settings(config);
  if (settings.has_error()) return settings.error();
  for (const auto& point : prepared->points) {
    if (instance_of(point) != kLane) {
      return config_error("point '" + point.name + "': a TDC detector is one lane, its points stand in group 'lane'");
    }
  }
  return std::make_unique<AdecTdc>(std::move(*prepared), *settings);
}

}  // namespace

const device::DriverFamily& adec_tdc_family() {
  static constexpr device::DriverFamily family{.name = "adec_tdc",
                                               .title = "ADEC TDC traffic detectors",
                                               .options = kOptions,
                                               .make = &make,
                                               .protocol = &ft12::kProtocol};
  return family;
}

}  // namespace wayside::drivers
