#include "common/intervals.hpp"

#include <fmt/format.h>

#include <chrono>
#include <limits>

namespace wayside::drivers {

namespace {

using model::Quality;

constexpr std::uint32_t kMostTotals = 1024;  // 20 lanes with 8 counts each are 160; what says more is not ours
constexpr std::int64_t kMostCounted = std::numeric_limits<std::int64_t>::max() / 2;

Quality total_quality(IntervalStep step) {
  const bool whole = step == IntervalStep::first || step == IntervalStep::next || step == IntervalStep::repeated;
  return whole ? Quality::good : Quality::uncertain_sub_normal;
}

}  // namespace

void put_count(std::string_view item, int lane, std::optional<std::int64_t> counted, IntervalStep step, double period,
               Totals& totals, Readings& out) {
  const std::string delta = fmt::format("{}_delta", item);
  const std::string flow = item == "volume" ? "flow" : fmt::format("{}_flow", item);
  if (!counted) {
    for (const auto& name : {std::string(item), delta, flow}) out.put(name, lane, {}, Quality::bad_sensor_failure);
    return;
  }
  const auto [total, is_new] = totals.try_emplace(fmt::format("{}-{}", item, lane), 0);
  const bool adds = is_new || step == IntervalStep::first || step == IntervalStep::next || step == IntervalStep::gap;
  const std::int64_t moved = adds && step != IntervalStep::discarded ? *counted : 0;
  if (total->second <= kMostCounted - moved) total->second += moved;
  out.put(item, lane, total->second, total_quality(step));
  if (is_new || step == IntervalStep::first) {
    out.put(delta, lane, {}, Quality::uncertain_initial_value);
  } else if (step == IntervalStep::discarded) {
    out.put(delta, lane, {}, Quality::uncertain_sub_normal);
  } else {
    out.put(delta, lane, moved, total_quality(step));
  }
  // The flow is true of its interval, whatever was missed before it; of a discarded one the length is not certain.
  const auto quality = step == IntervalStep::discarded ? Quality::uncertain_sub_normal : Quality::good;
  out.put(flow, lane, static_cast<double>(*counted) * 3600 / period, quality);
}

void write_totals(base::ByteWriter& out, const Totals& totals) {
  out.u32(static_cast<std::uint32_t>(totals.size()));
  for (const auto& [name, total] : totals) {
    out.text(name);
    out.i64(total);
  }
}

std::optional<Totals> read_totals(base::ByteReader& in) {
  const auto count = in.u32();
  if (count > kMostTotals) return std::nullopt;
  Totals totals;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    auto name = in.text();
    const auto total = in.i64();
    if (total < 0 || total > kMostCounted) return std::nullopt;
    totals[std::move(name)] = total;
  }
  return in.ok() ? std::optional(std::move(totals)) : std::nullopt;
}

std::optional<std::int64_t> seconds_of(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  const bool time = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!date.ok() || !time) return std::nullopt;
  const auto at = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                  std::chrono::seconds{second};
  return std::chrono::sys_time<std::chrono::seconds>{at}.time_since_epoch().count();
}

}  // namespace wayside::drivers
