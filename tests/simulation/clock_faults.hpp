// Faults of the wall clock, drawn from the seed: no battery behind it (1970 and not trusted after each boot), ten years
// ahead, a day behind, a step every minute. And the book of what it showed, against which anchors are held: an anchor
// is a pair of times that the clock of its boot really showed while it was trusted.
#pragma once

#include <map>
#include <vector>

#include "base/random.hpp"
#include "base/virtual_scheduler.hpp"

namespace wayside::simulation {

class ClockBook {
 public:
  // After every change of the clock, of trust, or of the boot.
  void note(const base::Clock& clock);
  [[nodiscard]] bool showed(const base::BootId& boot, base::BootTime offset, base::WallTime wall) const;
  // The running boot, and it has been trusted for `span`.
  [[nodiscard]] bool trusted_for(const base::Clock& clock, const base::BootId& boot,
                                 std::chrono::microseconds span) const;

 private:
  struct Piece {
    base::BootTime from;
    std::chrono::microseconds ahead;  // wall clock, of the boot clock
    bool trusted;
  };
  std::map<base::BootId, std::vector<Piece>> boots_;
};

class ClockFaults {
 public:
  // All must outlive this; `scheduler` runs the steps.
  ClockFaults(base::VirtualTime& time, base::Scheduler& scheduler, base::Random& chance, ClockBook& book);
  // Draws what is wrong with this clock and begins with it. Without a call the clock is right.
  void start();
  // A new boot id was set.
  void rebooted();
  // From now on it is right and stays so.
  void end();

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  enum class Kind : std::uint8_t { none, no_battery, ten_years_ahead, day_behind, every_minute };
  void boot_without_battery();
  void go_wrong_later(std::chrono::microseconds by);
  void step_each_minute();
  void set_right();
  void step(std::chrono::microseconds by);
  void later(std::chrono::seconds least, std::chrono::seconds most, base::Task task);

  base::VirtualTime& time_;
  base::Scheduler& scheduler_;
  base::Random& chance_;
  ClockBook& book_;
  Kind kind_ = Kind::none;
  std::chrono::microseconds wrong_by_{0};  // the wall clock, of the true time
  std::uint64_t steps_ = 0;
  std::uint64_t boot_ = 0;  // counted, so that what was planned for an earlier one is not done
  bool ended_ = false;
};

}  // namespace wayside::simulation
