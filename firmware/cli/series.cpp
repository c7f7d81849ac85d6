#include "cli/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/point_text.hpp"

namespace wayside::cli {

SeriesSample sample_of(const control::v1::RecordedSample& recorded) {
  const auto severity = recorded.quality_code() >> 30U;
  SeriesSample out{recorded.wall_us(), std::nullopt, recorded.text(), recorded.quality(), severity == 0};
  if (recorded.has_number() && severity < 2) out.value = recorded.number();
  // What stands there with bad quality is an older one.
  if (severity >= 2) out.text.clear();
  return out;
}

SeriesFigures figures_of(const Series& series) {
  SeriesFigures out;
  double sum = 0;
  for (const auto& sample : series.samples) {
    ++out.samples;
    if (sample.good) ++out.good;
    if (!sample.value) continue;
    const double value = *sample.value;
    if (out.usable == 0 || value < out.least) {
      out.least = value;
      out.least_us = sample.wall_us;
    }
    if (out.usable == 0 || value > out.greatest) {
      out.greatest = value;
      out.greatest_us = sample.wall_us;
    }
    ++out.usable;
    sum += value;
  }
  if (out.usable > 0) out.mean = sum / static_cast<double>(out.usable);
  return out;
}

std::vector<std::optional<double>> means_of(const Series& series, std::int64_t from_us, std::int64_t until_us,
                                            std::size_t count) {
  struct Part {
    double sum = 0;
    std::size_t samples = 0;
    bool any = false;            // a sample, be it usable or not
    std::optional<double> last;  // of them
  };
  std::vector<Part> parts(count);
  const auto span = static_cast<double>(until_us - from_us);
  for (const auto& sample : series.samples) {
    if (sample.wall_us < from_us || sample.wall_us >= until_us) continue;
    const auto share = static_cast<double>(sample.wall_us - from_us) / span;
    auto& part = parts[std::min(count - 1, static_cast<std::size_t>(share * static_cast<double>(count)))];
    part.any = true;
    part.last = sample.value;
    if (!sample.value) continue;
    part.sum += *sample.value;
    ++part.samples;
  }
  std::vector<std::optional<double>> out;
  std::optional<double> standing;
  // Nothing stands behind the last sample: whether it still holds is not known.
  const auto end = std::ranges::find_if(parts.rbegin(), parts.rend(), &Part::any).base();
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    if (part->any) standing = part->last;
    const bool held = part < end && part->samples == 0;
    const auto mean = part->samples == 0 ? std::nullopt : std::optional(part->sum / static_cast<double>(part->samples));
    out.push_back(held ? standing : mean);
  }
  return out;
}

std::string value_text(const Series& series, const SeriesSample& sample) {
  if (!sample.text.empty()) return sample.text;
  if (!sample.value) return "-";
  const double value = *sample.value;
  const auto name = series.names.find(std::llround(value));
  return value_text(fmt::format("{:.6g}", value), name == series.names.end() ? "" : name->second, series.unit);
}

}  // namespace wayside::cli
