#include "pipeline/quality_gate.hpp"

#include <cmath>
#include <variant>

namespace wayside::pipeline {
namespace {

using model::Quality;

// Boot clocks of two threads are one clock; what is further ahead than this was not read from it.
constexpr auto kAhead = std::chrono::seconds{1};
// A silence is not a stuck value: longer steps than this do not count as "unchanged".
constexpr int kLongestStep = 3;  // periods
// So many implausible values in a row, plausible to each other, are a level that really moved.
constexpr int kNewLevel = 3;

bool is_silence(Quality q) {
  switch (q) {
    case Quality::bad_no_communication:
    case Quality::bad_communication_error:
    case Quality::bad_not_connected:
    case Quality::bad_configuration_error:
    case Quality::bad_out_of_service: return true;
    default: return false;
  }
}

// What the decoder and the driver have said already.
void take_marks(const model::Reading& reading, Verdict& verdict) {
  if (is_silence(reading.quality)) {
    verdict.set(Fault::silent);
  } else if (reading.quality == Quality::uncertain_range_exceeded) {
    verdict.set(Fault::range);
  } else if (model::is_bad(reading.quality)) {
    verdict.set(Fault::sentinel);
  } else if (!model::is_good(reading.quality)) {
    verdict.set(Fault::driver);
  }
}

void degrade(model::Reading& reading, Quality quality) { reading.quality = model::worst(reading.quality, quality); }

void withhold(model::Reading& reading, Quality quality) {
  reading.value = {};
  reading.quality = model::is_bad(reading.quality) ? reading.quality : quality;
}

bool plausible(double max_rate, double from, base::BootTime from_at, double to, base::BootTime at) {
  return std::abs(to - from) <= max_rate * std::chrono::duration<double>(at - from_at).count();
}

}  // namespace

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::range: return "range";
    case Fault::sentinel: return "sentinel";
    case Fault::rate: return "rate";
    case Fault::stuck: return "stuck";
    case Fault::driver: return "driver";
    case Fault::type: return "type";
    case Fault::outdated: return "outdated";
    case Fault::out_of_order: return "out_of_order";
    case Fault::repeated: return "repeated";
    case Fault::impossible_time: return "impossible_time";
    case Fault::late: return "late";
    case Fault::silent: return "silent";
  }
  return "?";
}

QualityGate::QualityGate(const model::PointTable& points) : states_(points.size()) {
  limits_.reserve(points.size());
  for (const auto& info : points.infos()) {
    limits_.push_back({info.max_rate.value_or(0), info.stuck_after.value_or(std::chrono::microseconds{}), info.period});
  }
}

Verdict QualityGate::check(model::Reading& reading, base::BootTime batch, base::BootTime now,
                           std::optional<base::BootTime> due) {
  Verdict verdict;
  take_marks(reading, verdict);
  check_time(reading, batch, now, verdict);
  const auto* number = std::get_if<double>(&reading.value);
  if (number != nullptr && !std::isfinite(*number)) {
    withhold(reading, Quality::bad_sensor_failure);
    verdict.set(Fault::sentinel);
  }
  // Without a value there is nothing more to check, and it is always news: a loss must be told, whatever its time.
  if (!std::holds_alternative<std::monostate>(reading.value)) check_value(reading, verdict, now, due);
  return verdict;
}

void QualityGate::check_time(model::Reading& reading, base::BootTime batch, base::BootTime now, Verdict& verdict) {
  if (reading.at > now + kAhead || reading.at < base::BootTime{}) {
    withhold(reading, Quality::bad_invalid_timestamp);
    reading.at = now;  // a time in the future would make everything after it look old
    verdict.set(Fault::impossible_time);
  } else if (reading.at < batch) {
    degrade(reading, Quality::uncertain_last_usable);
    verdict.set(Fault::outdated);
  }
}

void QualityGate::check_value(model::Reading& reading, Verdict& verdict, base::BootTime now,
                              std::optional<base::BootTime> planned) {
  const auto& limits = limits_[model::index(reading.point)];
  auto& state = states_[model::index(reading.point)];
  const auto mark = mark_of(reading.value);
  const bool first = state.last.kind == ValueKind::none;
  if (!first && reading.at <= state.last_at) {
    verdict.set(reading.at == state.last_at ? Fault::repeated : Fault::out_of_order);
    verdict.accepted = false;
    return;
  }
  const auto step = first ? std::chrono::microseconds{} : reading.at - state.last_at;
  const auto due = planned ? *planned : first ? reading.at : state.last_at + limits.period;
  if (limits.period.count() > 0 && now - due > limits.period) verdict.set(Fault::late);
  if (!first && mark.kind != state.last.kind) {
    degrade(reading, Quality::uncertain);
    verdict.set(Fault::type);
  }
  if (mark != state.last) {
    state.unchanged = {};
  } else if (limits.period.count() == 0 || step <= limits.period * kLongestStep) {
    state.unchanged += step;
  }
  if (limits.stuck_after.count() > 0 && state.unchanged >= limits.stuck_after) {
    degrade(reading, Quality::uncertain_sensor_not_accurate);
    verdict.set(Fault::stuck);
  }
  const auto number = model::as_number(reading.value);
  // A value that is wrong already is no level to measure from.
  const bool usable = !model::is_bad(reading.quality) && !verdict.has(Fault::range);
  if (limits.max_rate > 0 && number && usable && too_fast(limits, state, *number, reading.at)) {
    degrade(reading, Quality::uncertain_sub_normal);
    verdict.set(Fault::rate);
  }
  state.last = mark;
  state.last_at = reading.at;
}

// Measured from the last plausible value, so that a spike is one fault and not two (up and down again), and a step is
// accepted once the time that has passed allows it. A level that moved for good is accepted after kNewLevel values.
bool QualityGate::too_fast(const Limits& limits, State& state, double value, base::BootTime at) {
  const bool good = !state.has_level || plausible(limits.max_rate, state.level, state.level_at, value, at);
  if (!good) {
    const bool agrees =
        state.agreeing > 0 && plausible(limits.max_rate, state.candidate, state.candidate_at, value, at);
    state.agreeing = agrees ? static_cast<std::uint8_t>(state.agreeing + 1) : std::uint8_t{1};
    state.candidate = value;
    state.candidate_at = at;
    if (state.agreeing < kNewLevel) return true;
  }
  state.level = value;
  state.level_at = at;
  state.has_level = true;
  state.agreeing = 0;
  return false;
}

}  // namespace wayside::pipeline
