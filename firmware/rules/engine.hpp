// The evaluator at work: instances of rules on a network of cells, their lives, their deadlines. A reading runs only
// the instances whose cells it changed; while nothing changes its state, that takes no memory.
// Home: core, owned by the pipeline's judge. The point table must outlive it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/alarm_desk.hpp"
#include "rules/alarm_life.hpp"
#include "rules/binder.hpp"
#include "rules/deadlines.hpp"
#include "rules/evaluator.hpp"
#include "rules/network.hpp"
#include "rules/rule.hpp"
#include "rules/transition.hpp"

namespace wayside::rules {

// What the compiler hands over: everything of one alarm that is not its state.
struct BoundInstance {
  std::uint32_t rule = 0;
  std::uint32_t places = 0;
  Binding binding;                     // its points stand in the places
  std::vector<std::uint32_t> parents;  // instances of lower number that hide it
};

struct EngineParts {
  std::vector<std::unique_ptr<const Rule>> rules;  // alarms, in the order of the files but parents first
  std::vector<BoundInstance> instances;            // by rule
  std::unique_ptr<Network> network;
  std::vector<model::PointHandle> inputs;  // points that some rule reads, ascending
  std::size_t recording = 0;               // rules that record
};

class Engine final : public Evaluator {
 public:
  Engine(EngineParts parts, const model::PointTable& points);

  Verdict restore(std::span<const model::AlarmRecord> records, base::BootTime now) override;
  void adopt(Evaluator& other) override;
  Verdict on_readings(std::span<const model::PointHandle> changed, base::BootTime now) override;
  std::optional<base::BootTime> next_timer() const override;
  Verdict on_timer(base::BootTime now) override;
  base::Result<model::AlarmTransition> carry_out(const model::AlarmOrder& order, base::BootTime now) override;
  void shorten_shelf(std::string_view alarm, base::BootTime until) override;
  std::optional<model::AlarmRecord> alarm(std::string_view alarm) const override;
  std::vector<model::AlarmRecord> alarms() const override;
  std::vector<InstanceView> instances() const override;
  std::vector<RuleView> rule_views() const override;
  base::Result<Explanation> explain(const std::string& alarm) const override;
  std::vector<std::string> alarms_on(model::PointHandle point, std::size_t most) const override;
  std::vector<model::PointHandle> inputs_of(model::PointHandle derived, std::size_t most) const override;
  std::vector<RepairBinding> repairs() const override;
  std::size_t rule_count() const override { return rules_.size() + recording_; }
  std::vector<model::PointHandle> inputs() const override { return inputs_; }
  std::size_t baseline_count() const override { return network_->learned().size(); }
  std::optional<Baseline> next_baseline() override;
  bool restore_baseline(const Baseline& baseline) override;
  std::vector<SharingPlace> sharing_places() const override;
  model::BaselineSummary share(std::size_t place) const override;
  bool start_from(std::size_t place, const model::BaselineSummary& prior) override;
  std::size_t bytes() const override;
  // Of an instance, in the engine alone.
  [[nodiscard]] static std::size_t instance_bytes(bool has_interval);

 private:
  struct Instance {
    std::uint32_t rule = 0;
    std::uint32_t places = 0;
    AlarmLife life;
    bool unknown = true;
    bool hides = false;  // others, while it is active
  };
  // What is asked for only at a transition.
  struct Scope {
    std::uint32_t device = 0;    // in names_
    std::uint32_t instance = 0;  // in names_
    model::PointHandle home{};
  };

  // By rule, of all its instances.
  struct Runs {
    std::uint64_t count = 0;
    std::int64_t last = 0;
  };

  [[nodiscard]] std::optional<model::PointHandle> bad_input(std::uint32_t position) const;
  void take_scope(const Binding& binding);
  [[nodiscard]] std::uint32_t name_of(const std::string& name);
  [[nodiscard]] Subject subject(std::uint32_t position) const;
  [[nodiscard]] std::string identity(std::uint32_t position) const;
  void finish_instant(Verdict& out);
  void judge_changed(Verdict& out);
  void judge_unordered(std::span<const std::uint32_t> changed, Verdict& out);
  void judge(std::uint32_t position, Verdict& out);
  [[nodiscard]] Observation observe(const Instance& instance) const;
  [[nodiscard]] bool inputs_good(const Instance& instance) const;
  [[nodiscard]] Fillings fillings(std::uint32_t position) const;
  [[nodiscard]] model::AlarmTransition transition(std::uint32_t position, model::AlarmState from,
                                                  model::TransitionCause cause);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view alarm) const;
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t rule, std::string_view device_and_instance) const;
  [[nodiscard]] base::Error unknown_alarm(const std::string& alarm) const;
  [[nodiscard]] model::AlarmRecord record_of(std::uint32_t position) const;
  void active_changed(std::uint32_t position);
  void restore_one(std::uint32_t position, const model::AlarmRecord& record, base::BootTime now, Verdict& out);

  const model::PointTable& points_;
  std::vector<std::unique_ptr<const Rule>> rules_;
  std::unique_ptr<Network> network_;
  std::vector<Instance> instances_;
  std::vector<Scope> scopes_;  // by instance
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t> name_places_;
  std::map<std::uint32_t, std::map<std::string, std::string>> groups_;  // by instance, of those that aggregate
  std::map<std::uint32_t, std::vector<std::uint32_t>> children_;        // by the instance that hides them
  std::map<std::uint32_t, std::vector<std::uint32_t>> parents_;         // by the instance that is hidden
  std::vector<Runs> runs_;
  AlarmDesk desk_;
  std::vector<model::PointHandle> inputs_;
  std::size_t recording_ = 0;
  std::size_t next_baseline_ = 0;
  std::vector<std::uint32_t> sharing_;                        // of the network's learned()
  Deadlines deadlines_;                                       // of lives
  std::vector<std::int64_t> not_before_;                      // by instance, where some rule has an interval
  std::vector<std::uint32_t> due_;                            // scratch
  std::vector<std::pair<std::uint32_t, std::size_t>> order_;  // scratch: instance and place of each transition
};

}  // namespace wayside::rules
