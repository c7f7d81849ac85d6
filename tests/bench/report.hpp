// What a benchmark prints: one JSON object a line (--json) or a line for people, for each variant. Ratios are against
// a ceiling measured or computed in the same run.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace wayside::bench {

struct Result {
  std::string name;     // of the case
  std::string variant;  // "9600 8N1", "64 connections"
  double ours = 0;
  double ceiling = 0;
  std::string unit;
  double goal = 0;       // of the ratio ours / ceiling; 0: printed without one
  bool at_most = false;  // the ratio must not be above the goal, instead of not below
  // Where a goal names CPU: ours / the ceiling's, at most cpu_goal.
  std::optional<double> cpu_ratio;
  double cpu_goal = 0;
  std::vector<std::pair<std::string, double>> more;  // further figures
  bool further_conditions = true;                    // "0 violations"

  [[nodiscard]] double ratio() const { return ceiling == 0 ? 0 : ours / ceiling; }
  [[nodiscard]] bool met() const;
};

struct Settings {
  bool json = false;
  double seconds = 5;  // how long a measurement lasts
  int rounds = 3;      // of interleaved measurements; the median counts
};

void print(const Settings& settings, const Result& result);

// A benchmark that cannot be run says why and ends the program.
[[noreturn]] void give_up(const std::string& why);

[[nodiscard]] inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// CPU time of this process so far, seconds.
[[nodiscard]] double cpu_seconds();
[[nodiscard]] double wall_seconds();

}  // namespace wayside::bench
