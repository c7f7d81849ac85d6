// How heavy the alarms are on those who answer them: a chattering alarm (raised 3 times within a minute), and a flood
// of the gateway (more than 10 alarms raised within 10 minutes, until there are fewer than 5), with the offenders
// named. Figures: ISA-18.2 / IEC 62682 as others quote them; windows here slide, (now - span, now].
// What is hidden from people (shelved, suppressed, out of service) is not a load and is not given to it.
// Bounded: the newest 1,024 raises of the last 10 minutes, 64 chattering alarms. Pure; home: core.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace wayside::rules {

struct LoadLimits {
  std::uint32_t chatter_raises = 3;
  std::chrono::microseconds chatter_within = std::chrono::minutes{1};
  std::chrono::microseconds chatter_over = std::chrono::minutes{10};  // so long it must not chatter to have stopped
  std::uint32_t flood_over = 10;                                      // more than these begin a flood
  std::uint32_t flood_under = 5;                                      // fewer than these end it
  std::chrono::microseconds flood_within = std::chrono::minutes{10};  // not less than chatter_within
};

struct Offender {
  std::string alarm;
  std::uint64_t raises = 0;
  bool operator==(const Offender&) const = default;
};

struct LoadChange {
  enum class Kind : std::uint8_t { flood_began, flood_ended, chatter_began, chatter_ended };
  Kind kind = Kind::flood_began;
  std::string alarm;                   // of chatter
  std::uint32_t raises = 0;            // within the window, at that instant; of a flood's end: since it began
  std::vector<Offender> offenders;     // of a flood, the worst first, at most kMostNamed; of its end: since it began
  std::chrono::microseconds lasted{};  // of an end
  base::BootTime at{};
};

class AlarmLoad {
 public:
  static constexpr std::size_t kMostRaises = 1024;
  static constexpr std::size_t kMostChattering = 64;
  static constexpr std::size_t kMostNamed = 5;

  explicit AlarmLoad(LoadLimits limits = {}) : limits_(limits) {}

  // An alarm was raised before people's eyes. Requires: `now` not before that of earlier calls.
  std::vector<LoadChange> raised(const std::string& alarm, base::BootTime now);
  [[nodiscard]] std::optional<base::BootTime> next_timer() const;
  std::vector<LoadChange> on_timer(base::BootTime now);

  // After a restart: what went on before goes on, and ends a window later if nothing new comes.
  void restore_flood(base::BootTime since, base::BootTime now);
  void restore_chatter(const std::string& alarm, base::BootTime since, base::BootTime now);

  [[nodiscard]] bool is_flood() const { return flood_since_.has_value(); }
  [[nodiscard]] std::optional<base::BootTime> flood_since() const { return flood_since_; }
  // Raises within the flood's window, as of the last call.
  [[nodiscard]] std::uint32_t recent() const { return static_cast<std::uint32_t>(raises_.size()); }
  // The worst of the window, the worst first.
  [[nodiscard]] std::vector<Offender> offenders() const;
  [[nodiscard]] std::vector<std::string> chattering() const;
  // Chattering alarms that were not told because too many were.
  [[nodiscard]] std::uint64_t untold() const { return untold_; }

 private:
  struct Raise {
    base::BootTime at;
    std::string alarm;
  };
  struct Chatter {
    base::BootTime since;
    base::BootTime last;  // at which it was seen to chatter
  };

  void forget_old(base::BootTime now);
  void look_for_chatter(const std::string& alarm, base::BootTime now, std::vector<LoadChange>& out);
  void look_for_flood(const std::string& alarm, base::BootTime now, std::vector<LoadChange>& out);
  [[nodiscard]] std::optional<base::BootTime> flood_end() const;

  LoadLimits limits_;
  std::deque<Raise> raises_;  // ascending
  std::map<std::string, Chatter> chattering_;
  std::optional<base::BootTime> flood_since_;
  base::BootTime flood_not_before_{};             // it does not end before
  std::map<std::string, std::uint64_t> flooded_;  // raises since the flood began, at most kMostRaises names
  std::uint32_t flood_raises_ = 0;
  std::uint64_t untold_ = 0;
};

}  // namespace wayside::rules
