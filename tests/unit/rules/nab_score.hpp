// The score of the Numenta Anomaly Benchmark (v1.1) at a fixed threshold, for one series after another.
// Lavin, Ahmad: Evaluating Real-time Anomaly Detection Algorithms, ICMLA 2015; weights of NAB's config/profiles.json.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace wayside::rules::test {

struct NabProfile {
  double false_alarm;  // cost of a row; a hit earns 1 and a miss costs 1 in both profiles used here
};
inline constexpr NabProfile kNabStandard{0.11};
inline constexpr NabProfile kNabLowFalseAlarms{0.22};

class NabScore {
 public:
  using Windows = std::vector<std::pair<std::size_t, std::size_t>>;  // first and last row, ascending

  explicit NabScore(NabProfile profile) : profile_(profile) {}

  void add(const std::vector<bool>& alarms, const Windows& windows) {
    const auto probation = std::min<std::size_t>(alarms.size() * 15 / 100, 750);
    std::vector<double> best(windows.size(), 0.0);
    std::vector<bool> hit(windows.size(), false);
    std::size_t next = 0;
    for (std::size_t row = 0; row < alarms.size(); ++row) {
      while (next < windows.size() && row > windows[next].second) ++next;
      if (row < probation || !alarms[row]) continue;
      if (next < windows.size() && row >= windows[next].first) {
        best[next] = hit[next] ? std::max(best[next], earned(row, windows[next])) : earned(row, windows[next]);
        hit[next] = true;
      } else {
        raw_ += profile_.false_alarm * (next == 0 ? -1.0 : late(row, windows[next - 1]));
      }
    }
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const bool live = windows[i].second >= probation;
      raw_ += hit[i] ? best[i] : (live ? -1.0 : 0.0);
      silent_ -= live ? 1.0 : 0.0;
      perfect_ += 1.0;
    }
  }

  [[nodiscard]] double score() const { return 100.0 * (raw_ - silent_) / (perfect_ - silent_); }

 private:
  static double squash(double x) { return x > 3.0 ? -1.0 : 2.0 / (1.0 + std::exp(5.0 * x)) - 1.0; }
  static double earned(std::size_t row, std::pair<std::size_t, std::size_t> window) {
    const auto left = static_cast<double>(window.second - row + 1);
    return squash(-left / static_cast<double>(window.second - window.first + 1)) / squash(-1.0);
  }
  static double late(std::size_t row, std::pair<std::size_t, std::size_t> window) {
    if (window.second == window.first) return -1.0;
    return squash(static_cast<double>(row - window.second) / static_cast<double>(window.second - window.first));
  }

  NabProfile profile_;
  double raw_ = 0.0;
  double silent_ = 0.0;
  double perfect_ = 0.0;
};

}  // namespace wayside::rules::test
