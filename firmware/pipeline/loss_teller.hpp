// Tells the loss ledger to the platform: each entry that no stored chunk tells becomes an event of the alarm stream,
// committed together with the mark that it is told. The store keeps the entry until that chunk is acknowledged, and
// brings it back here if the chunk is lost first. Home: core.
#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "base/scheduler.hpp"
#include "pipeline/judge.hpp"
#include "ports/loss_ledger.hpp"

namespace wayside::pipeline {

class LossTeller {
 public:
  // All must outlive this.
  LossTeller(ports::LossLedger& ledger, Judge& judge, base::Scheduler& core)
      : ledger_(ledger), judge_(judge), core_(core) {}

  // Tells what stands there, and from now on what comes.
  void start();
  // Tells nothing more.
  void stop() { stopped_ = true; }

 private:
  void ask();
  void tell(const std::vector<ports::LedgerEntry>& entries);

  ports::LossLedger& ledger_;
  Judge& judge_;
  base::Scheduler& core_;
  std::set<std::uint64_t> recorded_;                            // events of these wait for the disk: not once more
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the disk may answer behind the end
  bool stopped_ = false;
  bool asking_ = false;
  bool ask_again_ = false;
};

}  // namespace wayside::pipeline
