#include "rules/language/functions.hpp"

#include <algorithm>
#include <array>

namespace wayside::rules {
namespace {

using Id = FunctionId;
using Kind = FunctionKind;

// The time between traces; then the least departure in the unit of x, resolution and calibration in metres.
constexpr std::string_view kOfFibre = "nd?ccc";

constexpr std::array kFunctions{
    Function{Id::abs, Kind::plain, Type::number, "abs", "abs(x)", "x without its sign", "n"},
    Function{Id::sqrt, Kind::plain, Type::number, "sqrt", "sqrt(x)", "square root", "n"},
    Function{Id::ln, Kind::plain, Type::number, "ln", "ln(x)", "natural logarithm", "n"},
    Function{Id::log10, Kind::plain, Type::number, "log10", "log10(x)", "logarithm to base 10", "n"},
    Function{Id::exp, Kind::plain, Type::number, "exp", "exp(x)", "e to the power of x", "n"},
    Function{Id::floor, Kind::plain, Type::number, "floor", "floor(x)", "next whole number below", "n"},
    Function{Id::ceil, Kind::plain, Type::number, "ceil", "ceil(x)", "next whole number above", "n"},
    Function{Id::round, Kind::plain, Type::number, "round", "round(x)", "nearest whole number", "n"},
    Function{Id::min, Kind::plain, Type::number, "min", "min(x, y, ...)", "the least of two and more", "nn*"},
    Function{Id::max, Kind::plain, Type::number, "max", "max(x, y, ...)", "the greatest of two and more", "nn*"},
    Function{Id::clamp, Kind::plain, Type::number, "clamp", "clamp(x, low, high)", "x, not below low nor above high",
             "nnn"},
    Function{Id::choose, Kind::plain, Type::number, "choose", "choose(condition, x, y)", "x where it is true, else y",
             "tnn"},
    Function{Id::known, Kind::plain, Type::truth, "known", "known(x)", "x can be used now (good, read lately)", "n"},
    Function{Id::rate, Kind::window, Type::number, "rate", "rate(x, 5m)",
             "change a second between the first and last sample", "nd"},
    Function{Id::delta, Kind::window, Type::number, "delta", "delta(x, 5m)", "last sample less the first", "nd"},
    Function{Id::increase, Kind::window, Type::number, "increase", "increase(counter, 1h)",
             "what a counter has counted; a fall is a reset to zero", "nd"},
    Function{Id::avg_over, Kind::window, Type::number, "avg_over", "avg_over(x, 5m)", "mean of the samples", "nd"},
    Function{Id::sum_over, Kind::window, Type::number, "sum_over", "sum_over(x, 5m)", "sum of the samples", "nd"},
    Function{Id::min_over, Kind::window, Type::number, "min_over", "min_over(x, 5m)", "least sample", "nd"},
    Function{Id::max_over, Kind::window, Type::number, "max_over", "max_over(x, 5m)", "greatest sample", "nd"},
    Function{Id::count_over, Kind::window, Type::number, "count_over", "count_over(x, 5m)", "how many samples", "nd"},
    Function{Id::stddev_over, Kind::window, Type::number, "stddev_over", "stddev_over(x, 5m)",
             "standard deviation of the samples (of a population)", "nd"},
    Function{Id::quantile_over, Kind::window, Type::number, "quantile_over", "quantile_over(0.95, x, 5m)",
             "quantile of the samples, between two by proportion", "cnd"},
    Function{Id::changed, Kind::window, Type::truth, "changed", "changed(x, 10m)", "two samples differ", "nd"},
    Function{Id::changes_over, Kind::window, Type::number, "changes_over", "changes_over(x, 1h)",
             "how often a sample differs from the one before", "nd"},
    Function{Id::stale, Kind::window, Type::truth, "stale", "stale(x, 10m)", "no usable sample came", "nd"},
    Function{Id::n_of_m, Kind::window, Type::truth, "n_of_m", "n_of_m(condition, 3, 5)",
             "true in at least 3 of the last 5 samples", "tcc"},
    Function{Id::hour, Kind::clock, Type::number, "hour", "hour()", "hour of the day at the site, 0 to 23", ""},
    Function{Id::weekday, Kind::clock, Type::number, "weekday", "weekday()", "day of the week, 1 Monday to 7 Sunday",
             ""},
    Function{Id::time_between, Kind::clock, Type::truth, "time_between", "time_between(\"22:00\", \"05:00\")",
             "from the first time of day until before the second", "ss"},
    Function{Id::sun_elevation, Kind::clock, Type::number, "sun_elevation", "sun_elevation()",
             "degrees of the sun above the horizon at the site", ""},
    Function{Id::anomaly_score, Kind::detector, Type::number, "anomaly_score", "anomaly_score(x)",
             "0 to 1: how unusual x is, whatever it is; 0.26 is an alarm", "n"},
    Function{Id::joint_score, Kind::detector, Type::number, "joint_score", "joint_score(400, x, y, ...)",
             "0 to 1: points that belong together, after so many samples of learning; from 0.5 clearly unusual", "cn*"},
    Function{
        Id::seasonal_score, Kind::detector, Type::number, "seasonal_score", "seasonal_score(\"power\", x)",
        "0 to 1: unlikely at this time of day: \"traffic\" (volume, density), \"power\", \"level\", \"weekday\" or "
        "\"week\"",
        "sn?n"},
    Function{Id::robust_z, Kind::detector, Type::number, "robust_z", "robust_z(x, 100)",
             "sigmas from the median of the last samples, by their MAD", "nc"},
    Function{Id::ewma_z, Kind::detector, Type::number, "ewma_z", "ewma_z(x, 50)",
             "sigmas from the exponential mean with a memory of so many samples", "nc"},
    Function{Id::cusum, Kind::detector, Type::number, "cusum", "cusum(x, 0.5, 5)",
             "sigmas added up beyond an allowance; above the limit the mean has shifted", "ncc"},
    Function{Id::step_z, Kind::detector, Type::number, "step_z", "step_z(x, 30)",
             "standard errors between the last so many samples and those before", "nc"},
    Function{Id::flatline, Kind::detector, Type::number, "flatline", "flatline(x, 1h)",
             "share of the time that x has not changed, 1 is flat", "nd"},
    Function{Id::counter_check, Kind::detector, Type::number, "counter_check", "counter_check(x, 2, 65536)",
             "above 1: rises faster than so many a second, or falls; the register's range may follow", "nc?c"},
    Function{Id::zero_count, Kind::detector, Type::number, "zero_count", "zero_count(count, rate)",
             "-log10 of the odds of nothing counted for so long, where `rate` a second is usual", "nn"},
    Function{Id::usual, Kind::detector, Type::number, "usual", "usual(x)",
             "median of x at this hour of the week in the last six weeks", "n"},
    Function{Id::fibre_peak, Kind::fibre, Type::number, "fibre_peak", "fibre_peak(x, 5m) by (device)",
             "0 to 1: a place where x departs alone, in a trace every so long; from 0.5 a leak", kOfFibre},
    Function{Id::fibre_position, Kind::fibre, Type::number, "fibre_position", "fibre_position(x, 5m) by (device)",
             "metres along the fibre of that place; unknown while there is none", kOfFibre},
    Function{Id::fibre_uncertainty, Kind::fibre, Type::number, "fibre_uncertainty",
             "fibre_uncertainty(x, 5m) by (device)", "metres either way of that position", kOfFibre},
    Function{Id::fibre_broken, Kind::fibre, Type::truth, "fibre_broken", "fibre_broken(x, 5m) by (device)",
             "the far zones do not answer any more", kOfFibre},
    Function{Id::fibre_break, Kind::fibre, Type::number, "fibre_break", "fibre_break(x, 5m) by (device)",
             "metres along the fibre of the first zone that is dead; unknown while it is whole", kOfFibre},
};

constexpr std::array<std::string_view, 6> kAggregations{"sum", "avg", "min", "max", "count", "share"};

std::optional<Parameter> parameter_of(char letter) {
  switch (letter) {
    case 'n': return Parameter::number;
    case 't': return Parameter::truth;
    case 'c': return Parameter::constant;
    case 'd': return Parameter::duration;
    case 's': return Parameter::text;
    default: return std::nullopt;
  }
}

}  // namespace

std::span<const Function> functions() { return kFunctions; }

const Function* find_function(std::string_view name) {
  const auto* const found = std::ranges::find(kFunctions, name, &Function::name);
  return found == kFunctions.end() ? nullptr : found;
}

std::set<std::string> function_names() {
  std::set<std::string> out;
  for (const auto& function : kFunctions) out.emplace(function.name);
  for (const auto name : kAggregations) out.emplace(name);
  return out;
}

std::optional<Parameter> parameter_at(const Function& function, std::size_t position) {
  std::optional<Parameter> last;
  std::size_t place = 0;
  for (const char letter : function.signature) {
    if (letter == '*') return last;
    const auto parameter = parameter_of(letter);
    if (!parameter) continue;
    if (place++ == position) return parameter;
    last = parameter;
  }
  return std::nullopt;
}

std::size_t least_arguments(const Function& function) {
  std::size_t least = 0;
  for (const char letter : function.signature) {
    if (letter == '?') break;
    if (letter != '*') ++least;
  }
  return least;
}

std::optional<Aggregation> find_aggregation(std::string_view name) {
  for (std::size_t i = 0; i < kAggregations.size(); ++i) {
    if (kAggregations.at(i) == name) return static_cast<Aggregation>(i);
  }
  return std::nullopt;
}

std::string_view to_string(Aggregation aggregation) { return kAggregations.at(static_cast<std::size_t>(aggregation)); }

}  // namespace wayside::rules
