#include "traffic_counter/counter.hpp"

#include <algorithm>

namespace wayside::drivers {

namespace {

using Seconds = std::chrono::duration<double>;

// A restart of the gateway whose length nobody knows counts as this long.
constexpr Seconds kUnknownPause = std::chrono::hours{24};
// Vehicles on top of what the rate allows: two in one read are no fault however close the reads are.
constexpr double kMargin = 5;

double seconds(std::chrono::microseconds span) { return Seconds(span).count(); }

struct Judged {
  CounterStep step;
  std::optional<std::int64_t> delta;
};

Judged judge(const CounterSettings& settings, const CounterState& last, std::uint64_t raw, double elapsed,
             bool same_boot) {
  const double modulus = settings.bits == 16 ? 0x1p16 : 0x1p32;
  const double most = settings.max_rate * (elapsed + seconds(settings.update_interval)) + kMargin;
  // It may have gone round more than once: neither the count nor a restart of the device can be told.
  if (most >= modulus) return {CounterStep::gap, std::nullopt};
  const auto mask = static_cast<std::uint64_t>(modulus) - 1;
  const auto moved = (raw - last.raw) & mask;
  if (static_cast<double>(moved) <= most) {
    return {same_boot ? CounterStep::counted : CounterStep::reboot, static_cast<std::int64_t>(moved)};
  }
  if (static_cast<double>(raw) <= most) return {CounterStep::reset, static_cast<std::int64_t>(raw)};
  return {CounterStep::gap, std::nullopt};
}

void restart_window(CounterState& state) {
  state.window_at = state.at;
  state.window_total = state.total;
  state.flow.reset();
}

// The mean of the last full window; until there is one, the mean so far.
void compute_flow(const CounterSettings& settings, CounterResult& result) {
  auto& state = result.state;
  const auto span = state.at - state.window_at;
  const auto counted = static_cast<double>(state.total - state.window_total);
  const bool full = span >= settings.flow_window && span.count() > 0;
  if (full) {
    restart_window(state);
    state.flow = counted * 3600 / seconds(span);
  }
  result.flow_is_full = state.flow.has_value();
  if (state.flow) {
    result.flow = state.flow;
  } else if (span.count() > 0) {
    result.flow = counted * 3600 / seconds(span);
  }
}

}  // namespace

CounterResult advance(const CounterSettings& settings, const std::optional<CounterState>& last, std::uint64_t raw,
                      base::BootTime at, const base::BootId& boot) {
  CounterResult result;
  auto& state = result.state;
  state = last.value_or(CounterState{});
  const bool same_boot = last && last->boot == boot;
  if (last) {
    const double elapsed = same_boot ? std::max(0.0, seconds(at - last->at)) : kUnknownPause.count();
    const auto [step, delta] = judge(settings, *last, raw, elapsed, same_boot);
    result.step = step;
    result.delta = delta;
    state.total += delta.value_or(0);
  } else {
    state.total = static_cast<std::int64_t>(raw);
  }
  state.raw = raw;
  state.at = at;
  state.boot = boot;
  if (result.step == CounterStep::counted) {
    compute_flow(settings, result);
  } else {
    restart_window(state);
  }
  return result;
}

}  // namespace wayside::drivers
