// The evaluator at work: instances of rules, the index from points to instances, deadlines. A reading touches only
// the instances that use its point; while nothing changes its state, that takes no memory.
// Home: core, owned by the pipeline's judge. The point table must outlive it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/alarm_desk.hpp"
#include "rules/alarm_life.hpp"
#include "rules/binder.hpp"
#include "rules/deadlines.hpp"
#include "rules/evaluator.hpp"
#include "rules/inputs.hpp"
#include "rules/rule.hpp"

namespace wayside::rules {

struct BoundRule {
  Rule rule;
  std::vector<Binding> bindings;
};

class Engine final : public Evaluator {
 public:
  Engine(std::vector<BoundRule> rules, const model::PointTable& points);

  std::vector<model::AlarmTransition> restore(std::span<const model::AlarmRecord> records, base::BootTime now) override;
  std::vector<model::AlarmTransition> on_readings(std::span<const model::PointHandle> changed,
                                                  base::BootTime now) override;
  std::optional<base::BootTime> next_timer() const override { return deadlines_.soonest(); }
  std::vector<model::AlarmTransition> on_timer(base::BootTime now) override;
  base::Result<model::AlarmTransition> carry_out(const model::AlarmOrder& order, base::BootTime now) override;
  void shorten_shelf(std::string_view alarm, base::BootTime until) override;
  std::optional<model::AlarmRecord> alarm(std::string_view alarm) const override;
  std::vector<model::AlarmRecord> alarms() const override;
  std::vector<InstanceView> instances() const override;
  std::size_t rule_count() const override { return rules_.size(); }
  std::vector<model::PointHandle> inputs() const override;

 private:
  struct Instance {
    std::uint32_t rule = 0;
    Binding binding;
    std::string alarm;
    AlarmLife life;
    bool unknown = true;
    std::uint64_t visited = 0;  // round in which it was last collected
  };
  using Transitions = std::vector<model::AlarmTransition>;

  void index_points(std::size_t points);
  void judge(std::uint32_t position, base::BootTime now, Transitions& out);
  void set_deadline(std::uint32_t position, base::BootTime now);
  void transition(std::uint32_t position, std::optional<double> value, model::AlarmState from,
                  model::TransitionCause cause, base::BootTime now, Transitions& out);
  void restore_one(std::uint32_t position, const model::AlarmRecord& record, base::BootTime now, Transitions& out);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view alarm) const;
  [[nodiscard]] base::Error unknown_alarm(const std::string& alarm) const;
  [[nodiscard]] model::AlarmRecord record_of(std::uint32_t position) const;

  std::vector<Rule> rules_;
  Inputs inputs_;
  std::vector<Instance> instances_;
  std::vector<std::uint32_t> by_alarm_;     // positions of instances, ascending by the alarm's identity
  std::vector<std::uint32_t> users_begin_;  // by point, one more than there are points: where its users begin
  std::vector<std::uint32_t> users_;        // positions of instances
  AlarmDesk desk_;
  Deadlines deadlines_;
  std::uint64_t round_ = 0;
  std::vector<std::uint32_t> touched_;  // scratch of on_readings
};

}  // namespace wayside::rules
