// From the texts of all rules to an engine: understands each, puts recording rules into the order in which they read
// one another, gives every rule its points, and builds the network. Runs once per config; on core.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "rules/binder.hpp"
#include "rules/engine.hpp"
#include "rules/evaluator.hpp"
#include "rules/network_builder.hpp"
#include "rules/rule.hpp"
#include "rules/scopes.hpp"

namespace wayside::rules {

class RuleSet {
 public:
  RuleSet(model::PointTable& points, Evaluator::Site site, std::vector<Problem>& problems);

  // Null when something is wrong; then the problems have grown.
  [[nodiscard]] std::unique_ptr<Engine> compile(std::span<const model::RuleSpec> specs);
  // After that, in the order of the rules given.
  [[nodiscard]] std::vector<RuleCost> take_costs(std::span<const model::RuleSpec> specs);

 private:
  struct Bound {
    std::unique_ptr<const Rule> rule;
    std::vector<Binding> bindings;
    std::vector<std::vector<Member>> members;  // by aggregation
    std::vector<std::vector<double>> names;    // by binding: the numbers of its named values
    std::vector<model::PointHandle> derived;   // by binding, of a recording rule
  };

  void understand(std::span<const model::RuleSpec> specs);
  void order_records();
  void order_alerts();
  void bind(Bound& bound);
  void check(Bound& bound);
  void check_features(const Rule& rule, const Parts& parts);
  void check_unit(const Rule& rule, const Binding& binding);
  void find_names(Bound& bound);
  void add_derived(Bound& bound);
  [[nodiscard]] model::PointInfo derived_info(const Bound& bound, const Binding& binding) const;
  [[nodiscard]] std::unique_ptr<Engine> build();
  void check_fibre(const Rule& rule, const NetworkBuilder::Aggregated& aggregated);
  // False: the memory was used up.
  bool build_rules(NetworkBuilder& builder, std::vector<Bound>& list, EngineParts& parts);
  // How many instances there was memory for.
  std::size_t build_rule(NetworkBuilder& builder, Bound& bound, EngineParts& parts);
  [[nodiscard]] bool fits(std::size_t bytes) const { return site_.memory == 0 || bytes <= site_.memory; }
  void refuse_memory(bool complete);
  void link_parents(std::vector<BoundInstance>& instances, const std::vector<Bound>& alerts);
  [[nodiscard]] std::vector<model::PointHandle> all_inputs() const;
  void fail(const Rule& rule, bool in_clear, std::size_t offset, std::string what);

  model::PointTable& points_;
  Evaluator::Site site_;
  std::vector<Problem>& problems_;
  std::vector<Bound> records_;
  std::vector<Bound> alerts_;
  std::set<std::string> broken_;  // rules that were told of already
  bool records_broken_ = false;
  std::vector<RuleCost> costs_;  // in the order of building
};

}  // namespace wayside::rules
