// Baselines that leave as parameters, and those of others that come back as a prior (docs/baselines.md). Both go over
// the functions that learn in small steps, so that core stays free. A prior is kept in the state table (space "prior"),
// one piece a kind, as long as some function fits it: one that has learned only a little of its own begins with it, now
// or at a later start; what has been learned is never replaced. Home: core. All parts must outlive it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/scheduler.hpp"
#include "base/unique_function.hpp"
#include "model/baseline_import.hpp"
#include "model/command.hpp"
#include "model/point_table.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/recorder.hpp"
#include "ports/outbox.hpp"
#include "rules/evaluator.hpp"

namespace wayside::pipeline {

class BaselineShare {
 public:
  static constexpr const char* kSpace = "prior";
  static constexpr std::size_t kMostKinds = 64;  // of one gateway

  struct Parts {
    rules::Evaluator& rules;
    const model::PointTable& points;
    Judge& judge;
    Recorder& recorder;
    base::Scheduler& core;
  };
  explicit BaselineShare(Parts parts);
  ~BaselineShare();
  BaselineShare(const BaselineShare&) = delete;
  BaselineShare& operator=(const BaselineShare&) = delete;

  // Gives stored priors to functions that have learned only a little, from the next turn of core on. After the keeper's
  // restore. Those that no function fits any more are removed.
  void restore(const std::vector<ports::StateEntry>& stored);

  // Only of functions that stand on a point of this device, and on this point of it ("lane-2.volume" or its metric);
  // empty: all.
  struct Filter {
    std::string device;
    std::string point;
  };
  struct Exported {
    std::vector<model::SharedBaseline> baselines;  // one a kind
    std::size_t empty = 0;                         // functions that have learned nothing yet
  };
  using ExportAnswer = base::UniqueFunction<void(base::Result<Exported>)>;
  // Errors: not_found (no such device, no function there that could share), full (more kinds than kMostKinds), denied
  // (another export or import is under way).
  void export_baselines(Filter filter, ExportAnswer answer);

  struct Imported {
    std::vector<model::BaselineImport::Kind> taken;
    std::vector<model::BaselineImport::Kind> unused;  // no function here fits
    std::size_t started = 0;                          // functions that begin with a prior now
    std::size_t kept = 0;                             // that have their own experience
  };
  using ImportAnswer = base::UniqueFunction<void(base::Result<Imported>)>;
  // Answered when it is durable, or the disk has refused it. Recorded as an event, with who did it. Errors as above;
  // invalid_argument: nothing in it fits any function of this gateway.
  void import_baselines(std::vector<model::SharedBaseline> baselines, const model::Asker& by, ImportAnswer answer);

 private:
  struct Export;
  struct Import;
  [[nodiscard]] base::Result<std::vector<std::size_t>> chosen(const Filter& filter) const;
  void step_export();
  void step_import();
  void finish_import();
  void arm(base::Task task);

  Parts parts_;
  std::vector<rules::SharingPlace> places_;
  std::vector<std::string> stored_;  // keys in the state table
  std::unique_ptr<Export> export_;
  std::unique_ptr<Import> import_;
  base::TimerId timer_ = base::TimerId::none;
};

}  // namespace wayside::pipeline
