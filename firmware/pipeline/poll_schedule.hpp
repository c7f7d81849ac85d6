// When is what due: fixed phases on the boot clock, no drift; after a stall missed turns are counted and skipped,
// never made up in a burst. Pure: times come in. Home: the bus's.
//
// Spread: the n slots of one period start a period / n apart; slots of the next period are moved by a share of the
// shortest period's distance, so that harmonic periods (1 s and 10 s) of one device never meet. A first turn comes
// within ten seconds, however long the period.
//
// Order: by class; within a class by deadline, which is the end of the period (earliest deadline first: 100 ms points
// go before 1 s points that are due at the same time, and none waits forever). A slot that is over two of its periods
// late can be asked for by itself, whatever its class. All calls take O(log slots).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.hpp"
#include "pipeline/bus_job.hpp"

namespace wayside::pipeline {

inline constexpr std::size_t kBusClasses = 6;
[[nodiscard]] constexpr std::size_t index(BusClass c) { return static_cast<std::size_t>(c); }

class PollSchedule {
 public:
  using Slot = std::size_t;  // in the order added

  struct Due {
    Slot slot = 0;
    BusClass priority = BusClass::normal;
    base::BootTime due{};       // when its turn should have begun
    base::BootTime deadline{};  // of this turn
  };

  // Requires: period > 0.
  Slot add(std::chrono::microseconds period, BusClass priority = BusClass::normal);
  // A slot without turns of its own: it has one whenever it is woken.
  Slot add_idle(std::chrono::microseconds period, BusClass priority = BusClass::normal);
  void start(base::BootTime now);

  // What goes next of all that is due; none: nothing is due.
  [[nodiscard]] std::optional<Due> peek(base::BootTime now);
  // The one that is most over two periods late, if any is.
  [[nodiscard]] std::optional<Due> peek_late(base::BootTime now);
  // Takes a slot that peek gave; its next turn is the first of its phase after `now`.
  void take(const Due& due, base::BootTime now);
  [[nodiscard]] std::optional<Slot> take_due(base::BootTime now);
  // When the next turn is, or was to be. None: every slot sleeps.
  [[nodiscard]] std::optional<base::BootTime> next_due() const;

  // Of one slot. Requires: it does not sleep.
  [[nodiscard]] base::BootTime due_of(Slot slot) const { return entries_[slot].due; }

  // Puts the slot's next turn off to `when`, along its own phase.
  void defer(Slot slot, base::BootTime when);
  // One turn at `when`, whatever its phase; the ones after it keep the phase.
  void wake(Slot slot, base::BootTime when);
  // No turns until resumed or woken.
  void suspend(Slot slot);
  // Back in its phase: the next turn is its first after `now`.
  void resume(Slot slot, base::BootTime now);
  void set_priority(Slot slot, BusClass priority);

  [[nodiscard]] std::uint64_t missed() const;
  [[nodiscard]] const std::array<std::uint64_t, kBusClasses>& missed_by_class() const { return missed_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  enum class Where : std::uint8_t { nowhere, waiting, ready };
  struct Entry {
    std::chrono::microseconds period{};
    BusClass priority = BusClass::normal;
    bool idle = false;
    base::BootTime phase{};  // one of its turns
    base::BootTime due{};
    Where where = Where::nowhere;
  };
  using Order = std::set<std::pair<base::BootTime, Slot>>;

  void advance(base::BootTime now);
  void put(Slot slot, base::BootTime due);
  void remove(Slot slot);
  [[nodiscard]] base::BootTime first_after(const Entry& entry, base::BootTime now) const;
  [[nodiscard]] Due describe(Slot slot) const;

  std::vector<Entry> entries_;
  Order waiting_;                         // not due yet, by when they are
  std::array<Order, kBusClasses> ready_;  // due, by deadline
  Order late_;                            // due, by when they are two periods late
  std::array<std::uint64_t, kBusClasses> missed_{};
};

}  // namespace wayside::pipeline
