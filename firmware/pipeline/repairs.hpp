// Self-repair: what rules do about their alarms by themselves. Home: core. No I/O of its own: commands go the way of
// all commands (allow-list, interlocks, holds, journal), with the origin `rule`.
//
// The life of a try:
//   its alarm is raised (or ends) and is not hidden -> not held by a technician (else told `deferred`, and looked at
//   again while the alarm stands) -> not too many within the time (else told `given_up`, once) -> counted and made
//   durable, with the transition where it began there -> carried out -> told, with what was measured.
// Then, where it says `again_after` and the alarm still stands, the next.
//
// A power cycle that has switched off always switches on again: after a restart too, and as often as it takes.
// A light plan is followed while its alarm stands; each change of its value is a try.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.hpp"
#include "model/repair.hpp"
#include "model/rule_spec.hpp"
#include "pipeline/commander.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/recorder.hpp"
#include "pipeline/repair_log.hpp"
#include "rules/evaluator.hpp"
#include "rules/site_time.hpp"

namespace wayside::pipeline {

// One action of one alarm, with the device and point it acts on.
struct Repair {
  std::string alarm;
  model::RepairSpec spec;
  model::DeviceId device;
  std::string point;  // its name; empty of set_up
  model::Responsibility place;

  [[nodiscard]] std::string title() const;  // "power_cycle relay-3.output_1"
  [[nodiscard]] std::string key() const;    // unique among those of a config
};

class Repairs final : public TransitionSink {
 public:
  // What came of a set-up: nothing, or why not. On core.
  using SetUpDone = base::UniqueFunction<void(const base::Result<void>&)>;

  struct Parts {
    std::vector<Repair> repairs;
    Commander& commander;
    Judge& judge;
    Recorder& recorder;
    const rules::Evaluator& rules;
    const rules::SiteTime& calendar;
    std::optional<model::Position> position;
    const model::PointTable& points;
    base::BootId boot;
    base::Scheduler& core;
    std::function<void(const model::DeviceId&, SetUpDone)> set_up;
    std::vector<ports::StateEntry> stored;  // of RepairLog::kSpace
  };
  explicit Repairs(Parts parts);
  ~Repairs() override;

  // Goes on with what was begun before the restart, and with what stands. Once, after the alarms are restored.
  void start();
  // Begins nothing more.
  void stop();

  void saw(const model::AlarmTransition& transition) override;

 private:
  enum class Phase : std::uint8_t { idle, journalling, acting, off, restoring };
  struct Entry {
    Repair what;
    RepairLog log;
    Phase phase = Phase::idle;
    bool stands = false;           // its alarm is active, and not hidden
    bool due = false;              // a try is owed
    bool told_deferred = false;    // of this hold
    bool told_given_up = false;    // of this time the alarm stands
    bool told_off = false;         // that it could not be switched on again
    std::string goal;              // of a light plan: the value to be commanded
    std::string reached;           // and the last one that was
    model::RepairReport report{};  // of the try under way
    std::chrono::microseconds pause{};
    base::TimerId timer = base::TimerId::none;
  };

  void begin(Entry& entry);
  void end(Entry& entry);
  void look(Entry& entry);
  void look_at_plan(Entry& entry);
  [[nodiscard]] static bool is_closing(const Entry& entry);
  [[nodiscard]] bool is_free(Entry& entry, base::BootTime now);
  void attempt(Entry& entry);
  void act(Entry& entry);
  void order(Entry& entry, const std::string& value, Commander::Answer answer);
  void commanded(Entry& entry, const model::CommandResult& result);
  void switched_off(Entry& entry, const model::CommandResult& result);
  void restore(Entry& entry);
  void restored(Entry& entry, const model::CommandResult& result);
  void finish(Entry& entry, model::RepairStep step, std::string reason);
  void after_try(Entry& entry, model::RepairStep step);
  void tell(const Entry& entry, model::RepairReport report, std::vector<ports::StateChange> changes);
  void tell_later(const Entry& entry, model::RepairStep step, std::string reason);
  void arm(Entry& entry, std::chrono::microseconds after, void (Repairs::*what)(Entry&));
  void disarm(Entry& entry);
  [[nodiscard]] model::RepairReport report(const Entry& entry) const;
  [[nodiscard]] ports::StateChange log_of(const Entry& entry) const;

  Parts parts_;
  std::vector<Entry> entries_;
  std::multimap<std::string, std::size_t> by_alarm_;
  bool stopped_ = false;
};

}  // namespace wayside::pipeline
