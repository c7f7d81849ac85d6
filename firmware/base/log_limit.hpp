// How much of the log one cause may fill: so many lines in a window of time, and then one line that says how many more
// there were. A cause is the name of an event at its level; a line that was there in the window already counts as one
// more. Memory is bounded: causes beyond kMostCauses share one. Not thread-safe; time is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace wayside::base::log {

class LogLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{10};
  static constexpr std::size_t kMostLines = 20;        // of a cause in a window
  static constexpr std::size_t kMostDebugLines = 500;  // the same at level debug: someone is looking
  static constexpr std::size_t kMostCauses = 256;

  struct HeldBack {
    Level level = Level::info;
    std::string event;
    std::uint64_t lines = 0;

    bool operator==(const HeldBack&) const = default;
  };

  // False: the line is held back, and counted. Call due() before.
  [[nodiscard]] bool take(Level level, std::string_view event, std::string_view line, Time now);
  // Of the windows that are over: each count is told once. Cheap while none is.
  [[nodiscard]] std::vector<HeldBack> due(Time now);
  // Of all windows: at the end.
  [[nodiscard]] std::vector<HeldBack> rest();

 private:
  struct Window {
    Time until;
    std::uint64_t held_back = 0;
    std::vector<std::size_t> lines;  // hashes of what was written
  };
  using Causes = std::map<std::pair<Level, std::string>, Window, std::less<>>;

  Causes::iterator window_of(Level level, std::string_view event, Time now);

  Causes causes_;
  Time next_due_ = Time::max();
};

// Writes the counts of the windows that are over, where no other line comes that would: call it every now and then.
void tell_held_back();

}  // namespace wayside::base::log
