// Alarms' records across a reboot: their instants are moved onto this boot's clock (docs/decisions/0013). Where the
// dates are not known, ages count from now, and a shelf runs its whole span once more, but only once. Home: core.
#pragma once

#include <vector>

#include "model/alarm.hpp"
#include "pipeline/time_keeper.hpp"

namespace wayside::pipeline {

class AlarmTimes {
 public:
  explicit AlarmTimes(const TimeKeeper& time) : time_(time) {}

  // Moves the record. False: it is of this boot, nothing was moved.
  bool settle(model::AlarmRecord& record, base::BootTime now);

  struct Shelf {
    std::string alarm;
    base::BootTime until;
  };
  // Ends of shelves that have become known since; each is told once. Ask when an anchor was taken.
  [[nodiscard]] std::vector<Shelf> take_known();

 private:
  struct Waiting {
    std::string alarm;
    base::BootId boot;
    base::BootTime at;     // of the last transition, in `boot`
    base::BootTime until;  // likewise
  };
  const TimeKeeper& time_;
  std::vector<Waiting> waiting_;  // at most one an alarm that was shelved
};

}  // namespace wayside::pipeline
