// Poll results on their way from a bus's Scheduler to core, in batches: what many buses of one event loop have read
// costs one wake-up of core, not one each. A result that comes after a quiet millisecond goes at once; those that
// follow closely wait for the end of the millisecond, at most kMost of them.
// One for each home Scheduler, shared by its pollers. Home: that Scheduler; the sink lives on core. Must outlive every
// task of both.
#pragma once

#include <vector>

#include "base/scheduler.hpp"
#include "pipeline/poll_result.hpp"

namespace wayside::pipeline {

class HandOver {
 public:
  HandOver(base::Scheduler& home, base::Scheduler& core, PollSink& sink) : home_(home), core_(core), sink_(sink) {}

  // `taken` runs on home when core has taken the result in.
  void give(PollResult result, base::Task taken);
  // What waits goes now: in front of whatever home posts to core after this.
  void flush();

 private:
  static constexpr std::size_t kMost = 256;
  static constexpr std::chrono::milliseconds kSpacing{1};
  struct Item {
    PollResult result;
    base::Task taken;
  };

  void deliver(std::vector<Item> batch);  // on core, like those below
  void take_back(base::Task taken);
  void return_taken();

  base::Scheduler& home_;
  base::Scheduler& core_;
  PollSink& sink_;
  // On home.
  std::vector<Item> waiting_;
  base::BootTime last_{};
  bool planned_ = false;
  // On core.
  std::vector<base::Task> returning_;
  bool delivering_ = false;
};

}  // namespace wayside::pipeline
