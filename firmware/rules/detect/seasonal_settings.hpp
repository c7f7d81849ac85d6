// What a seasonal baseline is made with: the cycle it repeats in, what it keeps, and how it judges. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wayside::rules::detect {

// Where in its cycle an instant lies. Days begin at local midnight; 1970-01-01 was a Thursday.
enum class Cycle : std::uint8_t {
  day,       // every day alike
  day_kind,  // Monday to Friday, and Saturday and Sunday, each with a day of its own
  week,      // the hour of the week
};

struct SeasonalSettings {
  Cycle cycle = Cycle::day;
  std::uint32_t slot_s = 900;  // divides the day; the cycle has at most 672 slots
  std::uint8_t channels = 1;   // 1, or 2 that are judged together
  std::uint8_t points = 24;    // kept of each slot, 4..32
  std::uint8_t smooth = 3;     // slots before and after whose spreads are averaged in
  std::uint8_t around = 8;     // slots before and after that stand in for a slot with few samples
  std::uint8_t agree = 1;      // samples of the last `of` that have to be unusual, this one among them
  std::uint8_t of = 1;         // 1..8
  double around_samples = 10;  // how many samples of its own they count as
  double width = 0.63;         // of the kernel at 30 samples, in spreads
  double spread_share = 0.8;   // of the slot's own spread, squared, in the measure of distance
  double range_share = 0.1;    // of the variance over the whole cycle, in it
  double inner = 0.9;          // share of a slot's samples that its spread is taken from: what is outside may be faults
  double full = 10;            // minus log of the likelihood that is score 1
};

// Volume and density (or occupancy) of a lane or a station, judged together.
[[nodiscard]] constexpr SeasonalSettings traffic_settings() {
  SeasonalSettings out;
  out.channels = 2;
  out.points = 14;
  out.width = 0.65;
  out.inner = 0.95;
  return out;
}

// Power of a feeder or a lamp: a step of 3 % of the night's level counts, so the range of the whole day does not.
[[nodiscard]] constexpr SeasonalSettings power_settings() {
  SeasonalSettings out;
  out.around = 2;
  out.around_samples = 5;
  out.range_share = 0.0003;
  out.agree = 4;
  out.of = 6;
  return out;
}

// Voltage of a feeder.
[[nodiscard]] constexpr SeasonalSettings voltage_settings() {
  SeasonalSettings out;
  out.agree = 4;
  out.of = 6;
  return out;
}

[[nodiscard]] constexpr std::size_t slots_of_day(const SeasonalSettings& s) {
  return s.slot_s == 0 ? 0 : 86400U / s.slot_s;
}
[[nodiscard]] constexpr std::size_t days_of(Cycle cycle) {
  return cycle == Cycle::day ? 1U : cycle == Cycle::day_kind ? 2U : 7U;
}
[[nodiscard]] constexpr std::size_t slots_of(const SeasonalSettings& s) { return slots_of_day(s) * days_of(s.cycle); }

// Within the ranges above; nothing else may be made.
[[nodiscard]] constexpr bool valid(const SeasonalSettings& s) {
  const auto share = [](double v) { return v >= 0 && v <= 10; };
  return s.slot_s >= 60 && s.slot_s <= 21600 && 86400U % s.slot_s == 0 && slots_of(s) <= 672 && s.channels >= 1 &&
         s.channels <= 2 && s.points >= 4 && s.points <= 32 && s.smooth <= 12 && s.around <= 12 &&
         std::size_t{s.around} * 2 + 1 <= slots_of_day(s) && std::size_t{s.smooth} * 2 + 1 <= slots_of_day(s) &&
         s.agree >= 1 && s.agree <= s.of && s.of <= 8 && s.around_samples >= 0 && s.around_samples <= 1000 &&
         s.width > 0.01 && s.width <= 10 && share(s.spread_share) && share(s.range_share) && s.inner >= 0.5 &&
         s.inner <= 0.999 && s.full >= 1 && s.full <= 100;
}

// The slot of `local_s`, seconds since 1970-01-01 00:00 on the site's clock.
[[nodiscard]] constexpr std::size_t slot_at(const SeasonalSettings& s, std::int64_t local_s) {
  const auto floor_mod = [](std::int64_t a, std::int64_t b) { return ((a % b) + b) % b; };
  const auto second = floor_mod(local_s, 86400);
  const auto week_day = floor_mod((local_s - second) / 86400 + 3, 7);  // 0 is Monday
  const auto day = s.cycle == Cycle::day ? 0 : s.cycle == Cycle::week ? week_day : week_day >= 5 ? 1 : 0;
  return static_cast<std::size_t>(day) * slots_of_day(s) + static_cast<std::size_t>(second / s.slot_s);
}

}  // namespace wayside::rules::detect
