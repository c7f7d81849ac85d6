// The functions of the site's clock: hour(), weekday(), time_between(), sun_elevation(). Unknown while no clock is
// trusted. They ask to run at their next edge, and once a minute, so that a clock that is set is noticed.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "model/place.hpp"
#include "rules/features/feature.hpp"
#include "rules/formula.hpp"

namespace wayside::rules {

// Minutes since midnight of "22:00"; none: not a time of day.
[[nodiscard]] std::optional<int> minute_of_day(std::string_view text);

// Degrees of the sun's centre above the horizon, without refraction. NOAA's solar calculator (after Meeus, Astronomical
// Algorithms, chapter 25, low accuracy): within 0.02 degrees between 1950 and 2050.
[[nodiscard]] double sun_elevation(model::Position position, std::int64_t utc_s);

// Requires: the function is of kind `clock`; time_between has two times of day; sun_elevation a position.
[[nodiscard]] std::unique_ptr<Feature> make_clock(const FeatureSpec& spec, std::optional<model::Position> position);

}  // namespace wayside::rules
