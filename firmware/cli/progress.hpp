// A bar with the time left, on standard error and only on a terminal. The time is reckoned from the work that is left,
// in microseconds, where what a step costs is known before (timeouts); else by the clock.
#pragma once

#include <chrono>
#include <string>

namespace wayside::cli {

class Progress {
 public:
  explicit Progress(std::chrono::microseconds all);  // zero: not known
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So much of the work is done; more work has turned up.
  void advance(std::chrono::microseconds done) { done_ += done; }
  void add(std::chrono::microseconds more) { all_ += more; }
  // Where the work is not known before: reckoned from the time that this share (0 to 1) of it has taken. Draws the bar
  // once that is over a second.
  void show_share(double share, const std::string& doing);
  // Draws the bar, if it looks different from before.
  void show(const std::string& doing);
  void clear();

 private:
  std::chrono::microseconds all_;
  std::chrono::microseconds done_{};
  std::chrono::steady_clock::time_point begun_;
  std::string shown_;
  bool on_terminal_;
};

// "[#####.....]  50 %  12 s left  unit 17". Pure.
[[nodiscard]] std::string bar_text(std::chrono::microseconds done, std::chrono::microseconds all,
                                   const std::string& doing);

}  // namespace wayside::cli
