// The rules at work: readings of one instant in, alarm transitions out. Deterministic: no clock, no I/O, no thread;
// the same sequence of calls gives the same transitions. Home: core, inside the pipeline's judge.
//
// When rules run and on what (contracts: rules): at the end of a bus read, all its readings applied first; and when a
// timer is due. Recording rules run first, then alerts, of both only those with a changed input. An input is the newest
// reading of its point; it counts as bad
// when it is older than three of its periods. A rule with a bad input is unknown: it raises and clears nothing, and a
// running `for` starts anew.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/alarm.hpp"
#include "model/alarm_order.hpp"
#include "model/baseline_summary.hpp"
#include "model/point_table.hpp"
#include "model/rule_spec.hpp"
#include "rules/rule_cost.hpp"
#include "rules/site_time.hpp"

namespace wayside::rules {

struct Problem {
  model::SourcePlace place;
  std::string what;
};

// One rule on one set of points, for `wayside rules` and status.
struct InstanceView {
  std::string alarm;
  bool unknown = true;   // some input is bad or not there yet
  bool pending = false;  // the condition holds, `for` is running
};

// A rule over all its instances, for `wayside rules list`.
struct RuleView {
  std::string rule;  // "group/name"
  bool records = false;
  const model::RuleSpec* spec = nullptr;  // the evaluator's; null: it records
  std::size_t instances = 0;              // of a recording rule: derived points
  std::size_t unknown = 0;                // of them
  std::size_t pending = 0;
  std::size_t active = 0;
  std::size_t points = 0;  // that it reads, each once
  // Of all instances, since these rules were put to work.
  std::uint64_t evaluations = 0;
  std::optional<base::BootTime> evaluated{};
  std::string first_unknown;                         // alarm, or derived point
  std::optional<model::PointHandle> bad_input = {};  // of the first unknown one; none: a function has seen too little
};

// What an instant gave. The readings are those of derived points, already in the point table.
struct Verdict {
  std::vector<model::AlarmTransition> transitions;
  std::vector<model::Reading> derived;
};

// Why an alarm is what it is, as it stands now.
struct Explanation {
  std::string alarm;
  const model::RuleSpec* spec = nullptr;  // the evaluator's
  std::string version;
  std::string summary;
  model::Responsibility place;
  model::AlarmState state = model::AlarmState::normal;
  bool unknown = true;                     // some input is bad or not there yet
  bool pending = false;                    // the condition holds, `for` is running
  std::vector<model::PointHandle> inputs;  // of an aggregation those it counts, at most kMostOffenders
  std::vector<std::string> hidden_by;      // parent alarms that are active
};

// An alarm whose rule has actions, and what their templates are filled with.
struct RepairBinding {
  std::string alarm;
  model::DeviceId device;
  std::string instance;  // "lane-2"; empty: the device itself
  std::map<std::string, std::string> labels;
  model::Responsibility place;
  const std::vector<model::RepairSpec>* actions = nullptr;  // the evaluator's
};

// What a function has learned: its key is its text and its points, so that it is found again after a restart.
struct Baseline {
  std::string key;
  base::Bytes state;
};

// A function whose learning others can begin with, and theirs it.
struct SharingPlace {
  model::BaselineKind kind;
  std::vector<model::PointHandle> points;
};

class Evaluator {
 public:
  // Where the rules stand. A rule that aggregates over devices has the gateway itself as its device.
  struct Site {
    std::string gateway = "gateway";
    std::optional<model::Position> position;
    const SiteTime* time = nullptr;  // null: no clock; else it must outlive the evaluator
    std::size_t memory = 0;          // bytes that the rules may take; 0: no bound
  };

  struct Compiled {
    std::unique_ptr<Evaluator> evaluator;  // null when there are problems
    std::vector<Problem> problems;
    std::vector<RuleCost> costs;  // in the order of the rules given; only where there are no problems
  };
  // Adds the derived points of recording rules to the table, and binds each rule to every set of points it fits.
  // `points` must outlive the evaluator and keep its points. Problems: a text that does not parse, a metric that no
  // point has (with the nearest), a rule that fits nothing, units that do not fit, recording rules that go in a circle,
  // rules that would take more memory than there may be (what they have taken by then is within the bound).
  [[nodiscard]] static Compiled compile(std::span<const model::RuleSpec> rules, model::PointTable& points, Site site);
  [[nodiscard]] static Compiled compile(std::span<const model::RuleSpec> rules, model::PointTable& points) {
    return compile(rules, points, Site());
  }

  virtual ~Evaluator() = default;

  // An alarm as it was stored. A record whose rule or device is gone gives a transition `removed`;
  // the others keep their state and count. Call once, before the first readings.
  [[nodiscard]] virtual Verdict restore(std::span<const model::AlarmRecord> records, base::BootTime now) = 0;

  // Goes on where the evaluator of another configuration ended: rules that are the same on the same points keep what
  // runs (`for`, windows, what is learned), others are as new. The other is of no use afterwards. Once, behind
  // restore(), before the first readings.
  virtual void adopt(Evaluator& other) = 0;

  // The readings of `changed` are already in the point table.
  [[nodiscard]] virtual Verdict on_readings(std::span<const model::PointHandle> changed, base::BootTime now) = 0;

  // The soonest instant at which something may happen without new readings.
  [[nodiscard]] virtual std::optional<base::BootTime> next_timer() const = 0;
  [[nodiscard]] virtual Verdict on_timer(base::BootTime now) = 0;

  // What a person asks of an alarm. Errors: not_found (with the nearest), invalid_argument, denied; each says what to
  // do, and nothing has changed. next_timer() may be another one afterwards.
  [[nodiscard]] virtual base::Result<model::AlarmTransition> carry_out(const model::AlarmOrder& order,
                                                                       base::BootTime now) = 0;
  // The end of a shelf has become known better; it only ever comes nearer.
  virtual void shorten_shelf(std::string_view alarm, base::BootTime until) = 0;

  // One of alarms(); none where it is not among them.
  [[nodiscard]] virtual std::optional<model::AlarmRecord> alarm(std::string_view alarm) const = 0;
  // Alarms that are not normal, and those that once were (their count lives on), as to be stored.
  [[nodiscard]] virtual std::vector<model::AlarmRecord> alarms() const = 0;
  [[nodiscard]] virtual std::vector<InstanceView> instances() const = 0;
  // Those that judge, then those that record.
  [[nodiscard]] virtual std::vector<RuleView> rule_views() const = 0;
  // Errors (Errc::not_found): no such alarm, with the nearest.
  [[nodiscard]] virtual base::Result<Explanation> explain(const std::string& alarm) const = 0;
  // Alarms whose rules stand on the point, also by way of derived points; at most `most` of them.
  [[nodiscard]] virtual std::vector<std::string> alarms_on(model::PointHandle point, std::size_t most) const = 0;
  // What a derived point is computed of, at most `most` of them.
  [[nodiscard]] virtual std::vector<model::PointHandle> inputs_of(model::PointHandle derived,
                                                                  std::size_t most) const = 0;
  [[nodiscard]] virtual std::vector<RepairBinding> repairs() const = 0;
  [[nodiscard]] virtual std::size_t rule_count() const = 0;
  // The points that some rule reads, each once, ascending: a bus asks for them before others.
  [[nodiscard]] virtual std::vector<model::PointHandle> inputs() const = 0;
  [[nodiscard]] virtual std::size_t baseline_count() const = 0;
  // One after another, round and round; none where nothing learns.
  [[nodiscard]] virtual std::optional<Baseline> next_baseline() = 0;
  // False: no function of these rules has that key, or it is not of its form. Before the first readings.
  [[nodiscard]] virtual bool restore_baseline(const Baseline& baseline) = 0;
  // Those functions, the same ones in the same order as long as the evaluator lives.
  [[nodiscard]] virtual std::vector<SharingPlace> sharing_places() const = 0;
  // What the one at `place` has learned; no gateway in it: nothing yet. Requires: place < sharing_places().size().
  [[nodiscard]] virtual model::BaselineSummary share(std::size_t place) const = 0;
  // False, and nothing has changed: it has learned more than a little of its own, or the prior is of another season.
  [[nodiscard]] virtual bool start_from(std::size_t place, const model::BaselineSummary& prior) = 0;
  // Memory of instances, windows and all that is learned.
  [[nodiscard]] virtual std::size_t bytes() const = 0;
};

}  // namespace wayside::rules
