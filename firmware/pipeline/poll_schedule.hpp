// When is what due: fixed phases on the boot clock, no drift; after a stall missed turns are counted and skipped,
// never made up in a burst. Equal periods are spread over the period. Pure: times come in. Home: the bus's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace wayside::pipeline {

class PollSchedule {
 public:
  using Slot = std::size_t;  // in the order added

  // Requires: period > 0. The first turn comes within one period of `start`, spread by the slots added before.
  Slot add(std::chrono::microseconds period);
  void start(base::BootTime now);

  // The due slot with the oldest turn; its next turn is then the first one after `now`. None: nothing is due.
  [[nodiscard]] std::optional<Slot> take_due(base::BootTime now);
  // When the next turn is. Requires: at least one slot.
  [[nodiscard]] base::BootTime next_due() const;
  // Puts the slot's next turn off to `when` (back-off of a device that does not answer).
  void defer(Slot slot, base::BootTime when);

  [[nodiscard]] std::uint64_t missed() const { return missed_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::chrono::microseconds period{};
    base::BootTime due{};
  };
  std::vector<Entry> entries_;
  std::uint64_t missed_ = 0;
};

}  // namespace wayside::pipeline
