// What rules may know of a point at an instant: its newest value, if that is usable. Not usable: quality bad, no
// value or no number yet, or older than three of the point's periods (contracts: rules). A point without a period
// never grows old. Home: core; the point table must outlive this and keep its points.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "model/point_table.hpp"

namespace wayside::rules {

// Older than three of its periods.
[[nodiscard]] bool is_stale(const model::PointTable& points, model::PointHandle point, base::BootTime now);

class Inputs {
 public:
  explicit Inputs(const model::PointTable& points);

  [[nodiscard]] const model::PointTable& table() const { return points_; }
  [[nodiscard]] bool is_stale(model::PointHandle point, base::BootTime now) const;
  // Truths as 1 and 0. Never NaN or infinite.
  [[nodiscard]] std::optional<double> usable(model::PointHandle point, base::BootTime now) const;
  // The first instant at which the newest reading is too old; none where it never will be, or is already.
  [[nodiscard]] std::optional<base::BootTime> stale_at(model::PointHandle point, base::BootTime now) const;

 private:
  const model::PointTable& points_;
  std::vector<std::chrono::microseconds> max_age_;  // beside the table: infos are large and cold
};

}  // namespace wayside::rules
