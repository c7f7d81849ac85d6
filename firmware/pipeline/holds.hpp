// Devices that a technician has taken for himself (lock-out): by whom and until when. They survive restarts (state
// space "hold", key: the device). In another boot the end is taken from the date; while the clock is not trusted there,
// the whole span runs again: rather held too long than given free under someone's hands.
// Home: core. No I/O: it makes the state changes, others commit them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "model/command.hpp"
#include "ports/outbox.hpp"

namespace wayside::pipeline {

class Holds {
 public:
  static constexpr const char* kSpace = "hold";
  static constexpr std::chrono::hours kLongest{24};

  Holds(const base::Clock& clock, const std::vector<ports::StateEntry>& stored);

  // Null: no one holds it.
  [[nodiscard]] const model::Hold* of(const model::DeviceId& device) const;
  [[nodiscard]] std::vector<model::Hold> all() const;

  // Places or prolongs it. Requires: 0 < span <= kLongest; no one else holds it.
  ports::StateChange place(const model::DeviceId& device, const model::Asker& by, std::chrono::microseconds span);
  ports::StateChange release(const model::DeviceId& device);

  // Those whose time is over; the caller releases them.
  [[nodiscard]] std::vector<model::Hold> over();
  // When to look again; none: no one holds anything.
  [[nodiscard]] std::optional<base::BootTime> next_look() const;

 private:
  struct Entry {
    model::Hold hold;
    bool waits_for_clock = false;  // from another boot, its end as a date cannot be told yet
  };
  void settle(Entry& entry) const;

  const base::Clock& clock_;
  std::map<model::DeviceId, Entry> held_;
};

}  // namespace wayside::pipeline
