// Which readings telemetry tells: a change smaller than the point's dead band is held back, a change of quality never,
// and a value is told at least every `at_least` (a sample early rather than one late). What is compared is the value
// last told, so that a slow drift is told too. Only telemetry is thinned: the point table and the rules see every
// value, and a value held back counts as received. Home: core.
#pragma once

#include <cstdint>
#include <vector>

#include "model/point_table.hpp"
#include "model/reading.hpp"
#include "pipeline/value_mark.hpp"

namespace wayside::pipeline {

class DeadBandFilter {
 public:
  explicit DeadBandFilter(const model::PointTable& points);

  // True: send it; the filter then counts it as told.
  [[nodiscard]] bool tells(const model::Reading& reading);

 private:
  struct State {
    model::DeadBand band;
    std::chrono::microseconds period{};
    bool told = false;
    model::Quality quality = model::Quality::good;
    ValueMark mark;
    double number = 0;
    base::BootTime at{};
  };
  [[nodiscard]] static bool differs(const State& state, const model::Reading& reading, const ValueMark& mark);

  std::vector<std::int32_t> state_of_;  // by point; -1: it has no dead band
  std::vector<State> states_;
};

}  // namespace wayside::pipeline
