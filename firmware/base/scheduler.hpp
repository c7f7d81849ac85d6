// The Scheduler seam: where work runs and when. Every object has a home Scheduler, given by the composition
// root: one thread with an event loop in the daemon, a virtual queue in tests and in the run from a seed.
// post, post_at and cancel may be called from any thread; tasks of one Scheduler never run at the same time,
// and never inside the call that posted them. Tasks posted for the same time run in the order posted.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/unique_function.hpp"

namespace wayside::base {

using Task = UniqueFunction<void()>;

enum class TimerId : std::uint64_t { none = 0 };

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  virtual void post(Task task) = 0;
  // Runs the task at `when` or soon after; at once (but not inline) if that has passed.
  virtual TimerId post_at(BootTime when, Task task) = 0;
  // After cancel returns on the home thread the task will not run. Unknown and past ids are ignored.
  virtual void cancel(TimerId id) = 0;
  [[nodiscard]] virtual BootTime now() const = 0;
};

}  // namespace wayside::base
