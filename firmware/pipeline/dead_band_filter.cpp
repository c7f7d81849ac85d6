#include "pipeline/dead_band_filter.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::pipeline {

DeadBandFilter::DeadBandFilter(const model::PointTable& points) {
  state_of_.reserve(points.size());
  for (const auto& info : points.infos()) {
    state_of_.push_back(info.dead_band ? static_cast<std::int32_t>(states_.size()) : -1);
    if (!info.dead_band) continue;
    State state;
    state.band = *info.dead_band;
    state.period = info.period;
    states_.push_back(state);
  }
}

bool DeadBandFilter::tells(const model::Reading& reading) {
  const auto position = state_of_[model::index(reading.point)];
  if (position < 0) return true;
  auto& state = states_[static_cast<std::size_t>(position)];
  const auto mark = mark_of(reading.value);
  // The next sample would come too late for the promise.
  const bool due = reading.at - state.at + state.period > state.band.at_least;
  if (state.told && !due && reading.quality == state.quality && !differs(state, reading, mark)) return false;
  state.told = true;
  state.quality = reading.quality;
  state.mark = mark;
  state.number = model::as_number(reading.value).value_or(0);
  state.at = reading.at;
  return true;
}

bool DeadBandFilter::differs(const State& state, const model::Reading& reading, const ValueMark& mark) {
  if (mark == state.mark) return false;
  if (mark.kind != ValueKind::number || state.mark.kind != ValueKind::number) return true;
  const double change = std::abs(*model::as_number(reading.value) - state.number);
  const double band = std::max(state.band.absolute, std::abs(state.number) * state.band.percent / 100);
  return !(change < band);  // so that a NaN is told
}

}  // namespace wayside::pipeline
