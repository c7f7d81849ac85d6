// Work for a bus that is not a poll: a command, a technician's read or scan. It waits in the queue of the bus's only
// owner (the Poller) and, when its turn comes, has the bus to itself until it lets go.
#pragma once

#include "base/scheduler.hpp"
#include "base/unique_function.hpp"
#include "ports/register_bus.hpp"

namespace wayside::pipeline {

// What goes first when several wait. Within a class: the earlier deadline.
enum class BusClass : std::uint8_t { command, technician, alarm, normal, slow, probe };

struct BusJob {
  BusClass priority = BusClass::technician;
  base::BootTime expires{};  // still waiting then: it is not run, and told so by Errc::timeout
  // On the bus's Scheduler, exactly once: with the bus, to be used until `release` is called (from there); or with the
  // error for which it was not run (Errc::timeout: waited too long; full: too many wait; cancelled: the bus ends).
  // A job should hold the bus for one exchange, and submit itself again for the next: polls then go on between.
  base::UniqueFunction<void(base::Result<ports::RegisterBus*>, base::Task release)> run;
};

// The entrance to a bus. submit() may be called from any thread.
class BusQueue {
 public:
  virtual ~BusQueue() = default;
  virtual void submit(BusJob job) = 0;
};

}  // namespace wayside::pipeline
