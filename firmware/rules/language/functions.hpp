// The functions of the language: one table that parser, checker and compiler share, and `wayside rules functions`
// prints. Immutable; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace wayside::rules {

enum class Type : std::uint8_t { number, truth };

enum class FunctionId : std::uint8_t {
  // of numbers, no memory
  abs,
  sqrt,
  ln,
  log10,
  exp,
  floor,
  ceil,
  round,
  min,
  max,
  clamp,
  choose,
  known,
  // over the samples of the last while: (now - d, now]
  rate,
  delta,
  increase,
  avg_over,
  sum_over,
  min_over,
  max_over,
  count_over,
  stddev_over,
  quantile_over,
  changed,
  changes_over,
  stale,
  n_of_m,
  // of the site's clock
  hour,
  weekday,
  time_between,
  sun_elevation,
  // detectors (detect/)
  anomaly_score,
  joint_score,
  seasonal_score,
  robust_z,
  ewma_z,
  cusum,
  step_z,
  flatline,
  counter_check,
  zero_count,
  usual,
  // of the zones along a fibre (detect/fibre.hpp): they share one detector
  fibre_peak,
  fibre_position,
  fibre_uncertainty,
  fibre_broken,
  fibre_break,
};

// `fibre`: of all zones of a group in their order, as an aggregation: `by (label, ...)` stands behind the call.
enum class FunctionKind : std::uint8_t { plain, window, clock, detector, fibre };

// What stands at a place of a call. A constant is written as a number, a duration or a text, and known at load.
enum class Parameter : std::uint8_t { number, truth, constant, duration, text };

struct Function {
  FunctionId id;
  FunctionKind kind;
  Type result;
  std::string_view name;
  std::string_view usage;    // "avg_over(x, 5m)"
  std::string_view meaning;  // one line
  std::string_view
      signature;  // a letter a place: n t c d s; after '?' may be left out; '*' at the end: more of the last
};

[[nodiscard]] std::span<const Function> functions();
[[nodiscard]] const Function* find_function(std::string_view name);
[[nodiscard]] std::set<std::string> function_names();

// The parameter at a place of a call with so many arguments; none: there may not be so many.
[[nodiscard]] std::optional<Parameter> parameter_at(const Function& function, std::size_t position);
[[nodiscard]] std::size_t least_arguments(const Function& function);

// An aggregation across points: sum, avg, min, max, count, share.
enum class Aggregation : std::uint8_t { sum, avg, min, max, count, share };
[[nodiscard]] std::optional<Aggregation> find_aggregation(std::string_view name);
[[nodiscard]] std::string_view to_string(Aggregation aggregation);

}  // namespace wayside::rules
