#include "sim/devices/lane_counter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/devices/chance.hpp"
#include "sim/devices/light_schedule.hpp"

namespace wayside::sim {
namespace {

constexpr double kEffectiveLength = 6.7;  // m; DEFAULT_FIELD_FT of MnDOT IRIS
constexpr double kLongShare = 0.08;
constexpr double kWrongWaySeconds = 30;  // how long the station shows one vehicle, real time
constexpr double kCapacity = 1900;       // vehicles an hour and lane
constexpr int kLaneBase = 16, kLaneWords = 16;

// Share of the busiest hour, by hour of a working day.
constexpr std::array<double, 25> kDay{0.10, 0.06, 0.04, 0.04, 0.08, 0.22, 0.52, 0.90, 0.95, 0.72, 0.62, 0.64, 0.68,
                                      0.68, 0.72, 0.82, 0.96, 1.00, 0.84, 0.62, 0.48, 0.38, 0.28, 0.18, 0.10};

double day_share(LocalTime now) {
  const double hour = hour_of_day(now);
  const auto before = static_cast<std::size_t>(hour);
  const double part = hour - static_cast<double>(before);
  return kDay[before] * (1.0 - part) + kDay[before + 1] * part;
}

std::uint16_t tenths(double value) {
  return static_cast<std::uint16_t>(std::clamp(std::lround(value * 10), 0L, 65535L));
}

}  // namespace

LaneCounter::LaneCounter(Setup setup)
    : Device(setup.seed), setup_(std::move(setup)), lanes_(static_cast<std::size_t>(setup_.lanes)) {
  bank(Table::input).map(0, 4);
  bank(Table::input).map(kLaneBase, static_cast<std::uint16_t>(kLaneWords * setup_.lanes));
  std::vector<Recording> recordings;
  for (std::size_t i = 0; i < setup_.tracks.size(); ++i) {
    Lane& lane = lanes_[static_cast<std::size_t>(setup_.tracks[i].lane) - 1];
    switch (setup_.tracks[i].drives) {
      case Register::speed: lane.speed_track = i; break;
      case Register::occupancy: lane.occupancy_track = i; break;
      case Register::volume: lane.volume_track = i; break;
    }
    recordings.push_back(std::move(setup_.tracks[i].recording));
  }
  if (!recordings.empty()) tape_.emplace(std::move(recordings), setup_.every);
  add_faults();
  show();
}

void LaneCounter::add_faults() {
  const auto lane = [this](double n) -> Lane& { return lanes_[static_cast<std::size_t>(n) - 1]; };
  const double last = setup_.lanes;
  add_fault({"stuck", "LANE", 1, last, [lane](double n) { lane(n).health = Health::stuck_on; }});
  add_fault({"stuck-off", "LANE", 1, last, [lane](double n) { lane(n).health = Health::stuck_off; }});
  add_fault({"lane-ok", "LANE", 1, last, [lane](double n) { lane(n).health = Health::good; }});
  add_fault({"wrong-way", "LANE", 1, last, [lane](double n) { lane(n).wrong_way = kWrongWaySeconds; }});
  add_fault({"reset", "", 0, 0, [this](double) {
               for (auto& each : lanes_) each.volume = each.long_vehicles = 0;
             }});
}

void LaneCounter::clear() {
  for (auto& lane : lanes_) {
    lane.health = Health::good;
    lane.wrong_way = 0;
  }
}

void LaneCounter::advance(const Tick& tick) {
  if (tape_) tape_->advance(tick.real.count(), tick.simulated.count());
  for (auto& lane : lanes_) count(lane, tick);
  in_interval_ += tick.simulated.count();
  if (!latched_ || in_interval_ >= setup_.interval - 1e-9) {
    // The first values stand at once: a station that has been up for long.
    for (auto& lane : lanes_) latch(lane, tick.now);
    latched_ = true;
    in_interval_ = 0;
    ++interval_id_;
  }
  show();
}

std::optional<double> LaneCounter::recorded(const std::optional<std::size_t>& track) const {
  if (!track || !tape_) return std::nullopt;
  return tape_->value(*track) * setup_.tracks[*track].scale;
}

// Vehicles an hour from what is recorded: q = occupancy * speed / effective length.
std::optional<double> LaneCounter::recorded_flow(const Lane& lane) const {
  if (const auto volume = recorded(lane.volume_track)) return *volume;
  const auto occupancy = recorded(lane.occupancy_track);
  if (!occupancy) return std::nullopt;
  const double speed = recorded(lane.speed_track).value_or(setup_.free_speed);
  return *occupancy / 100.0 * speed * 1000.0 / kEffectiveLength;
}

std::uint32_t LaneCounter::arrivals(Lane& lane, const Tick& tick) {
  if (const auto flow = recorded_flow(lane)) {
    lane.owed += *flow * tick.simulated.count() / 3600.0;
    const double whole = std::floor(lane.owed);
    lane.owed -= whole;
    return static_cast<std::uint32_t>(std::max(0.0, whole));
  }
  return poisson(random(), setup_.peak * day_share(tick.now) * tick.simulated.count() / 3600.0);
}

void LaneCounter::count(Lane& lane, const Tick& tick) {
  lane.wrong_way = std::max(0.0, lane.wrong_way - tick.real.count());
  const std::uint32_t passed = arrivals(lane, tick);
  if (lane.health != Health::good) return;
  lane.volume += passed;
  lane.in_interval += passed;
  for (std::uint32_t i = 0; i < passed; ++i) {
    if (random().chance(kLongShare)) ++lane.long_vehicles;
  }
}

void LaneCounter::latch(Lane& lane, LocalTime now) {
  const double flow = setup_.peak * day_share(now);
  const double seen = in_interval_ > 0 ? lane.in_interval * 3600.0 / in_interval_ : flow;
  lane.in_interval = 0;
  if (lane.health != Health::good) {  // locked on: 100 % occupied and nobody passes; off: an empty road
    lane.occupancy = lane.health == Health::stuck_on ? 100 : 0;
    lane.speed = 0;
    return;
  }
  const double load = std::min(1.0, flow / kCapacity);
  const double spread = 2.5 * gaussian(random());
  const double modelled = std::max(5.0, setup_.free_speed * (1.0 - 0.35 * load * load) + spread);
  lane.speed = recorded(lane.speed_track).value_or(seen > 0 ? modelled : 0);
  const double fitting = lane.speed > 0 ? seen * kEffectiveLength / (lane.speed * 10.0) : 0;
  lane.occupancy = recorded(lane.occupancy_track).value_or(std::min(100.0, fitting));
}

void LaneCounter::show() {
  auto& input = bank(Table::input);
  unsigned status = 0;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    show_lane(i);
    if (lanes_[i].health == Health::stuck_on) status |= 1U;
    if (lanes_[i].wrong_way > 0) status |= 2U;
  }
  input.set(0, static_cast<std::uint16_t>(status));
  input.set(1, interval_id_);
  input.set(2, static_cast<std::uint16_t>(std::clamp(std::lround(setup_.interval), 1L, 65535L)));
  input.set(3, static_cast<std::uint16_t>(setup_.lanes));
}

void LaneCounter::show_lane(std::size_t index) {
  const Lane& lane = lanes_[index];
  const int base = kLaneBase + kLaneWords * static_cast<int>(index);
  const auto at = [base](int offset) { return static_cast<std::uint16_t>(base + offset); };
  // A loop stuck on is noticed by the station itself; a dead one looks like an empty road, the gateway has to judge.
  const unsigned bits = (lane.health == Health::stuck_on ? 1U : 0U) | (lane.wrong_way > 0 ? 2U : 0U);
  auto& input = bank(Table::input);
  input.set_u32(at(0), lane.volume);
  input.set(at(2), tenths(lane.occupancy));
  input.set(at(3), tenths(lane.speed));
  input.set_u32(at(4), lane.long_vehicles);
  input.set(at(6), static_cast<std::uint16_t>(bits));
}

}  // namespace wayside::sim
