// What rules stand on, as a network of cells: the points, constants, functions with a memory, members of aggregations
// and aggregations, recording rules. A change runs only what hangs on it, each once an instant, what others read first
// (the steps are numbered so that a step reads only cells of lower ones). Built once with the rules
// (network_builder.hpp); run() takes no memory. Home: core, owned by the engine. The point table must outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/point_table.hpp"
#include "rules/deadlines.hpp"
#include "rules/features/feature.hpp"
#include "rules/features/fibre_trace.hpp"
#include "rules/formula.hpp"
#include "rules/language/program.hpp"

namespace wayside::rules {

using CellId = std::uint32_t;

class Network {
 public:
  Network(model::PointTable& points, const SiteTime& time);
  ~Network();

  // An instant: take the readings, then run, then read changed_users(). Cells of points are their handles.
  void begin(base::BootTime now);
  void take_reading(model::PointHandle point);  // its newest reading is already in the table
  // Steps that wanted to run by now, and points that grew too old.
  void take_due();
  // Runs what hangs on what was taken. The readings of derived points are appended, and are in the table.
  void run(std::vector<model::Reading>& derived);
  // The users of cells that changed, each once. Valid until the next begin().
  [[nodiscard]] std::span<const std::uint32_t> changed_users() const { return changed_; }
  void sort_changed_users();

  [[nodiscard]] std::optional<base::BootTime> next_timer() const { return deadlines_.soonest(); }

  [[nodiscard]] const Cell* cells() const { return cells_.data(); }
  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] bool usable(CellId cell) const { return cells_[cell].usable(now_); }
  [[nodiscard]] model::Quality quality(CellId cell) const { return qualities_[cell]; }
  [[nodiscard]] const std::uint32_t* places(std::uint32_t offset) const { return places_.data() + offset; }
  // Points an aggregation's cell stands on now: those for which it counts, else all; at most `most`.
  void offenders(CellId aggregate, std::size_t most, std::vector<model::PointHandle>& out) const;
  // What the user hangs on, through whatever it reads, holds still while its alarm is active: it does not learn.
  void freeze(std::uint32_t user, bool frozen);

  // Takes over what lives in the cells of another network that say the same of the same points: values, windows, what
  // is learned, times of running (adopt.cpp). The other is of no use afterwards. Before the first instant.
  void adopt(Network& other);
  // The user is among changed_users() of the next instant, whatever changes: it has never seen its cells.
  void tell_next(std::uint32_t user) { owed_.push_back(user); }
  // What stands on a point without another point between them: users, and the derived points of recording rules.
  struct Reach {
    std::vector<std::uint32_t> users;
    std::vector<model::PointHandle> derived;
  };
  [[nodiscard]] Reach reach(model::PointHandle point) const;
  struct Recording {
    model::PointHandle point{};
    std::uint64_t runs = 0;
    std::int64_t ran = Cell::kBad;
  };
  [[nodiscard]] std::vector<Recording> recordings() const;

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t feature_count() const { return features_.size(); }
  struct Learned {
    std::string key;  // "anomaly_score(lamp-17.power)": the function, its parameters and its points
    Learner* learner = nullptr;
    const FeatureSpec* spec = nullptr;       // null: of several functions at once
    std::vector<model::PointHandle> points;  // of its arguments, in order
  };
  [[nodiscard]] std::span<const Learned> learned() const { return learned_; }

 private:
  friend class NetworkBuilder;
  static constexpr std::uint32_t kNoLearner = 0;  // never frozen

  enum class StepKind : std::uint8_t { feature, member, aggregate, trace, record };
  struct Step {
    StepKind kind = StepKind::feature;
    std::uint32_t index = 0;
  };
  struct FeatureNode {
    std::unique_ptr<Feature> feature;
    const FeatureSpec* spec = nullptr;
    std::uint32_t places = 0;
    CellId cell = 0;
    std::uint32_t learner = kNoLearner;
    std::int64_t next = FeatureOutput::kNever;
  };
  struct MemberNode {
    const AggregateSpec* spec = nullptr;
    const Program* program = nullptr;
    std::uint32_t operands = 0;  // how many places it reads
    std::uint32_t places = 0;
    CellId cell = 0;
  };
  // A round of samples, one of each member.
  struct Round {
    std::uint32_t first = 0;  // the members' cells in members_of_
    std::uint32_t count = 0;
    std::uint32_t waited = 0;  // members before this one have their sample
    std::int64_t ran = Cell::kBad;
  };
  struct AggregateNode {
    const AggregateSpec* spec = nullptr;
    CellId cell = 0;
    Round round;
    bool waits = false;  // for a sample of each: it compares several devices
  };
  // Of a fibre, for all functions of it. The cells stand in the order of kOfFibre.
  struct TraceNode {
    static constexpr std::array kOfFibre{FunctionId::fibre_peak, FunctionId::fibre_position,
                                         FunctionId::fibre_uncertainty, FunctionId::fibre_broken,
                                         FunctionId::fibre_break};
    std::unique_ptr<FibreTrace> fibre;
    std::array<CellId, kOfFibre.size()> cells{};
    Round round;
    std::uint32_t zones = 0;  // the members' points in members_of_, one a zone
    std::uint32_t learner = 0;
    std::int64_t pause = 0;  // at least, between traces
    std::int64_t taken = Cell::kBad;
    std::vector<double> values;  // scratch
  };
  struct RecordNode {
    const Program* program = nullptr;
    std::uint32_t operands = 0;
    std::uint32_t places = 0;
    model::PointHandle point{};
    std::int64_t interval = 0;
    std::int64_t not_before = Cell::kBad;
    std::uint64_t runs = 0;
    std::optional<double> valid_min;
    std::optional<double> valid_max;
  };
  struct Output {
    double value = 0;
    std::int64_t good_until = Cell::kBad;
    std::int64_t stamp = Cell::kBad;
    model::Quality quality = model::Quality::bad;
  };

  // By cell: what it says and of which points, as a number that is the same in another network.
  [[nodiscard]] std::vector<std::uint64_t> meanings() const;
  void adopt_feature(std::uint32_t step, FeatureNode& node, FeatureNode& from);
  void adopt_trace(TraceNode& node, TraceNode& from);
  void follow(const Step& step, std::vector<CellId>& cells, Reach& out) const;
  void touch(CellId cell, bool changed);
  void put(CellId cell, const Output& out);
  void queue(std::uint32_t step);
  void run_step(std::uint32_t step, std::vector<model::Reading>& derived);
  void run_feature(std::uint32_t step, FeatureNode& node);
  void run_wide(std::uint32_t step, FeatureNode& node, const std::uint32_t* places);
  void finish_feature(std::uint32_t step, FeatureNode& node, FeatureInput& in, Output out);
  void run_member(MemberNode& node);
  void run_aggregate(AggregateNode& node);
  void run_trace(TraceNode& node);
  [[nodiscard]] std::size_t take_zones(TraceNode& node) const;  // how many have a value
  void run_record(std::uint32_t step, RecordNode& node, std::vector<model::Reading>& derived);
  [[nodiscard]] bool all_came(Round& round);
  void zone_of_peak(CellId cell, std::vector<model::PointHandle>& out) const;
  [[nodiscard]] Output over(std::span<const CellId> cells) const;  // what a program over cells inherits of them

  model::PointTable& points_;
  const SiteTime& time_;
  std::vector<std::int64_t> max_age_;  // of points; 0: never too old
  std::vector<Cell> cells_;
  std::vector<std::int64_t> stamps_;
  std::vector<model::Quality> qualities_;
  std::vector<std::uint8_t> seen_usable_;
  std::vector<std::uint32_t> places_;
  std::vector<CellId> members_of_;
  std::vector<FeatureNode> features_;
  std::vector<MemberNode> members_;
  std::vector<AggregateNode> aggregates_;
  std::vector<TraceNode> traces_;
  std::vector<RecordNode> records_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> runs_begin_;  // by cell: the steps that run with each sample
  std::vector<std::uint32_t> runs_;
  std::vector<std::uint32_t> users_begin_;  // by cell: who is told when it changes
  std::vector<std::uint32_t> users_;
  std::vector<std::uint32_t> frozen_{0};      // by learner: active alarms that hang on it
  std::vector<std::uint32_t> watched_begin_;  // by user: the learners it hangs on
  std::vector<std::uint32_t> watched_;
  std::vector<Learned> learned_;  // by key
  Deadlines deadlines_{0};        // of steps, then of points

  std::int64_t now_ = 0;
  std::optional<SiteDate> date_;
  bool date_asked_ = false;
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> step_round_;
  std::vector<std::uint32_t> user_round_;
  std::vector<std::uint32_t> queue_;  // heap, least first
  std::vector<std::uint32_t> changed_;
  std::vector<std::uint32_t> owed_;  // users that are told at the next instant
};

}  // namespace wayside::rules
