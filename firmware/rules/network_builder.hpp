// Makes the network of a set of rules: gives each instance its cells, and shares what says the same of the same points.
// Add what others read first. Used while rules are compiled.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/place.hpp"
#include "rules/binder.hpp"
#include "rules/network.hpp"

namespace wayside::rules {

class NetworkBuilder {
 public:
  // The table has all its points by now, derived ones too.
  NetworkBuilder(model::PointTable& points, const SiteTime& time, std::optional<model::Position> position);

  struct Aggregated {
    const AggregateSpec* spec = nullptr;
    std::vector<Member> members;  // of its group
  };
  // The cells of one instance: where they begin in the network's places. `names`: the numbers of the parts' names.
  [[nodiscard]] std::uint32_t add_instance(const Parts& parts, const std::vector<model::PointHandle>& points,
                                           const std::vector<double>& names, const std::vector<Aggregated>& aggregates);
  void add_record(const Rule& rule, std::uint32_t places, model::PointHandle point);
  // `user` is told when a cell of the instance changes.
  void add_user(const Parts& parts, std::uint32_t places, std::uint32_t user);

  // Samples a window would hold that are more than one may (kMostWindowSamples): what to say; empty: all fit.
  [[nodiscard]] const std::vector<std::pair<const FeatureSpec*, std::string>>& too_long() const { return too_long_; }

  // The metres of the zones along a fibre, in order; of one that has no number in its label `metre` NaN.
  [[nodiscard]] static std::vector<double> metres_of(const Aggregated& aggregated, const model::PointTable& points);

  // What was made, and what was there already and is read too, since the last call.
  struct Spent {
    std::size_t bytes = 0;
    std::size_t shared_bytes = 0;
    std::size_t steps = 0;
  };
  [[nodiscard]] Spent take_spent();
  [[nodiscard]] std::size_t bytes() const { return bytes_ + spent_.bytes; }

  [[nodiscard]] std::unique_ptr<Network> finish(std::uint32_t users);

 private:
  CellId new_cell(double period_s);
  CellId constant(double value);
  CellId aggregate(const Aggregated& aggregated);
  CellId fibre(const Aggregated& aggregated, const std::vector<CellId>& members);
  std::uint32_t add_learner();
  void learn_from(CellId cell, CellId from);  // what hangs on `cell` hangs on what `from` hangs on
  CellId member(const AggregateSpec& spec, const Member& member);
  CellId feature(const FeatureSpec& spec, std::uint32_t places);
  std::unique_ptr<Feature> make(const FeatureSpec& spec, double period_s);
  void learn(const FeatureSpec& spec, std::uint32_t places, Feature& feature);
  std::uint32_t add_step(Network::StepKind kind, std::size_t index);
  void run_with(CellId cell, std::uint32_t step);
  void spend(CellId cell, std::size_t bytes);
  CellId reuse(CellId cell);

  model::PointTable& points_;
  std::optional<model::Position> position_;
  std::unique_ptr<Network> network_;
  std::vector<double> period_s_;                      // by cell
  std::vector<std::vector<CellId>> leaves_;           // by cell that is no point: its points
  std::vector<std::vector<std::uint32_t>> learners_;  // by cell: what learns upstream of it
  std::map<double, CellId> constants_;
  std::map<std::string, CellId> shared_;                          // by what it says and the cells it reads
  std::map<std::string, std::size_t> fibres_;                     // likewise: the place in the network's traces
  std::vector<std::pair<CellId, std::uint32_t>> runs_;            // cell, step
  std::vector<std::pair<CellId, std::uint32_t>> users_;           // cell, user
  std::vector<std::pair<std::uint32_t, std::uint32_t>> watched_;  // user, learner
  std::vector<std::pair<const FeatureSpec*, std::string>> too_long_;
  std::size_t bytes_ = 0;  // of what was told by take_spent()
  Spent spent_;
  std::map<CellId, std::size_t> made_;  // bytes of what may be shared, since the last take_spent()
  std::map<CellId, std::size_t> earlier_;
  std::set<CellId> reused_;
};

}  // namespace wayside::rules
