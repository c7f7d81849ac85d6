// The points of a test of rules, and what its series feed. Used by rule_trial.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "config/load.hpp"
#include "config/rule_tests.hpp"
#include "model/point_table.hpp"

namespace wayside::cli {

// A point and the samples that come for it.
struct TrialFeed {
  model::PointHandle point{};
  std::size_t device = 0;  // in the order of the test
  const config::TestSeries* series = nullptr;
  std::uint64_t next = 0;  // sample
  [[nodiscard]] bool over() const { return next >= series->values.size(); }
  // Of the next one. Requires: not over().
  [[nodiscard]] std::int64_t due_us() const { return series->interval.count() * static_cast<std::int64_t>(next); }
};

// Fills the table. `test` must outlive the feeds. What is wrong becomes a problem.
[[nodiscard]] std::vector<TrialFeed> make_trial_points(const config::RuleTest& test, model::PointTable& points,
                                                       std::vector<config::Problem>& problems);

// What a sample is for its point at an instant; none: nothing comes.
[[nodiscard]] std::optional<model::Reading> read_sample(const config::TestSample& sample, model::PointHandle point,
                                                        const model::PointTable& points, base::BootTime now);

}  // namespace wayside::cli
