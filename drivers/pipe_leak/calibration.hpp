// From distance along a fibre or cable to chainage along the pipe: a table of surveyed points, straight lines between
// them. A fibre is longer than its pipe (coils at joints, slack) and does not begin where the pipe's stations do.
// Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::drivers {

struct CalibrationPoint {
  double fibre = 0;     // m
  double chainage = 0;  // m; may stand still (a coil) or run backwards
};

struct Chainage {
  double metres = 0;
  bool surveyed = true;  // false: before the first or after the last point, along the line of the nearest two
};

class Calibration {
 public:
  static constexpr std::size_t kMostPoints = 1000;

  // "0 12000, 250 12240.5": pairs of fibre and chainage; "none": positions stay along the fibre.
  // Errors (Errc::config): one pair alone, a pair that is none, a fibre that does not grow, too many.
  [[nodiscard]] static base::Result<Calibration> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return points_.empty(); }
  // Requires: not empty.
  [[nodiscard]] Chainage at(double fibre) const;
  // "chainage by 3 surveyed points, fibre 0 to 500 m". Requires: not empty.
  [[nodiscard]] std::string provenance() const;

 private:
  std::vector<CalibrationPoint> points_;  // by fibre, growing; none or two at least
};

}  // namespace wayside::drivers
