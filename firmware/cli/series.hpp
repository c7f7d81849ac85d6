// Samples of one point over a span of time, gathered for people: figures of it, and as many values as a chart has room
// for. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

struct SeriesSample {
  std::int64_t wall_us = 0;
  std::optional<double> value;  // none: no usable number
  std::string text;             // what is not a number
  std::string quality;
  bool good = false;
};

struct Series {
  std::string unit;
  std::map<std::int64_t, std::string> names;  // of an enumeration
  std::vector<SeriesSample> samples;
};

struct SeriesFigures {
  std::size_t samples = 0;
  std::size_t good = 0;
  std::size_t usable = 0;
  double least = 0;  // these: only where there is a usable one
  double mean = 0;
  double greatest = 0;
  std::int64_t least_us = 0;
  std::int64_t greatest_us = 0;
};

[[nodiscard]] SeriesSample sample_of(const control::v1::RecordedSample& recorded);
[[nodiscard]] SeriesFigures figures_of(const Series& series);
// The mean of each of `count` equal parts of the span. What does not change is not recorded again: a value stands until
// there is another sample. None where there was none yet, or none that can be used.
[[nodiscard]] std::vector<std::optional<double>> means_of(const Series& series, std::int64_t from_us,
                                                          std::int64_t until_us, std::size_t count);
// "12.5 W", "2 (fault)", "a text", "-"
[[nodiscard]] std::string value_text(const Series& series, const SeriesSample& sample);

}  // namespace wayside::cli
