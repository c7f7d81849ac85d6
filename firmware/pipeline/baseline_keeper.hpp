// What the detectors have learned, in the state table (space "baseline"): one piece at a time, round and round, so that
// a power cut costs hours of learning and not weeks, and the card wears little. Home: core. All parts must outlive it.
#pragma once

#include <chrono>
#include <vector>

#include "base/scheduler.hpp"
#include "pipeline/judge.hpp"
#include "ports/outbox.hpp"
#include "rules/evaluator.hpp"

namespace wayside::pipeline {

class BaselineKeeper {
 public:
  static constexpr const char* kSpace = "baseline";

  BaselineKeeper(rules::Evaluator& rules, Judge& judge, base::Scheduler& core);
  ~BaselineKeeper();
  BaselineKeeper(const BaselineKeeper&) = delete;
  BaselineKeeper& operator=(const BaselineKeeper&) = delete;

  // Gives each detector what was stored of it. Pieces that are not of a detector of today stay where they are: another
  // config may want them back.
  void restore(const std::vector<ports::StateEntry>& stored);
  void start();
  // Saves the pieces that are next, as many as one may at the end of a run.
  void stop();

 private:
  void save_next();
  void arm();

  rules::Evaluator& rules_;
  Judge& judge_;
  base::Scheduler& core_;
  std::chrono::microseconds pause_{};
  base::TimerId timer_ = base::TimerId::none;
};

}  // namespace wayside::pipeline
