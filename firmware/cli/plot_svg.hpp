// Series over time as an SVG drawing for the work order: a panel each, one below the other, with a common axis of time.
// Where there are more samples than columns, each column spans from the least to the greatest of its own. Pure, but for
// the time zone (site_time.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wayside::cli {

struct PlotSample {
  std::int64_t wall_us = 0;
  std::optional<double> value;  // none: a gap
};

struct PlotSeries {
  std::string name;
  std::string unit;
  std::vector<PlotSample> samples;  // ascending
};

struct Plot {
  std::string title;
  std::string zone;  // what the times are in, below the axis
  std::int64_t from_us = 0;
  std::int64_t until_us = 0;
  std::vector<PlotSeries> series;
};

[[nodiscard]] std::string plot_svg(const Plot& plot);

}  // namespace wayside::cli
