#include "pipe_leak/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "common/family.hpp"

namespace wayside::drivers {
namespace {

// Longer than any fibre that can be measured, and than any line of stations.
constexpr double kLongestFibre = 1e6;
constexpr double kFarthest = 1e8;
constexpr double kMillimetres = 1000;

base::Error wrong(std::size_t pair, const std::string& what) {
  return config_error(fmt::format("option 'calibration': pair {}: {}", pair, what));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> number(std::string_view word, double least, double most) {
  double value = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  // Written so that a NaN is refused too.
  const bool good = problem == std::errc{} && end == word.data() + word.size() && value >= least && value <= most;
  return good ? std::optional(value) : std::nullopt;
}

std::optional<CalibrationPoint> pair_of(std::string_view text) {
  const auto blank = text.find_first_of(" \t");
  if (blank == std::string_view::npos) return std::nullopt;
  const auto fibre = number(text.substr(0, blank), 0, kLongestFibre);
  const auto chainage = number(trimmed(text.substr(blank)), -kFarthest, kFarthest);
  if (!fibre || !chainage) return std::nullopt;
  return CalibrationPoint{*fibre, *chainage};
}

}  // namespace

base::Result<Calibration> Calibration::parse(std::string_view text) {
  Calibration out;
  if (trimmed(text) == "none") return out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto word = trimmed(text.substr(at, end - at));
    const auto pair = pair_of(word);
    const auto place = out.points_.size() + 1;
    if (!pair) {
      return wrong(place, fmt::format("'{}' is no [fibre, chainage] in metres (fibre 0 to {:.0f})", word.substr(0, 40),
                                      kLongestFibre));
    }
    if (place > 1 && pair->fibre <= out.points_.back().fibre) {
      return wrong(place, fmt::format("fibre {} is not beyond {}, the one before it; order the pairs along the fibre",
                                      pair->fibre, out.points_.back().fibre));
    }
    if (place > kMostPoints) return wrong(place, fmt::format("there are {} at most", kMostPoints));
    out.points_.push_back(*pair);
    at = end + 1;
  }
  if (out.points_.size() < 2) return wrong(1, "a line needs two pairs at least");
  return out;
}

Chainage Calibration::at(double fibre) const {
  // The line between the two points around it; outside: that of the first or last two.
  auto right = std::ranges::upper_bound(points_, fibre, {}, &CalibrationPoint::fibre);
  right = std::clamp(right, points_.begin() + 1, points_.end() - 1);
  const auto& from = *(right - 1);
  const double slope = (right->chainage - from.chainage) / (right->fibre - from.fibre);
  const double metres = from.chainage + (fibre - from.fibre) * slope;
  const bool surveyed = fibre >= points_.front().fibre && fibre <= points_.back().fibre;
  return {std::round(metres * kMillimetres) / kMillimetres, surveyed};
}

std::string Calibration::provenance() const {
  return fmt::format("chainage by {} surveyed points, fibre {} to {} m", points_.size(), points_.front().fibre,
                     points_.back().fibre);
}

}  // namespace wayside::drivers
