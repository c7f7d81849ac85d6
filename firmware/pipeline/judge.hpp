// Readings to events: puts them into the point table, runs the rules at the end of the instant, and hands
// telemetry, transitions and the state that goes with them to the recorder. Stage 6. Home: core.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.hpp"
#include "model/event.hpp"
#include "model/point_table.hpp"
#include "pipeline/alarm_times.hpp"
#include "pipeline/alarm_watch.hpp"
#include "pipeline/audit_trail.hpp"
#include "pipeline/field_watch.hpp"
#include "pipeline/poller.hpp"
#include "pipeline/recorder.hpp"
#include "pipeline/time_keeper.hpp"
#include "rules/evaluator.hpp"

namespace wayside::pipeline {

// Sees every event of the gateway as it is recorded (the CLI's `tail`). On core; must not block.
using EventObserver = base::UniqueFunction<void(const model::Event&)>;

// Sees every transition of the rules' alarms in its instant, after it was recorded. On core.
class TransitionSink {
 public:
  virtual ~TransitionSink() = default;
  virtual void saw(const model::AlarmTransition& transition) = 0;
};

class Judge final : public PollSink, public FieldSink {
 public:
  static constexpr const char* kAlarmSpace = "alarm";
  static constexpr const char* kDriverSpace = "driver";

  struct Parts {
    model::PointTable& points;
    rules::Evaluator& rules;
    Recorder& recorder;
    const TimeKeeper& time;
    base::Scheduler& core;
    std::vector<model::DeviceId> devices;  // by PollResult::device
    std::vector<model::BusId> buses;       // likewise
    FieldWatch* watch = nullptr;           // null: readings are taken as they come
    AlarmWatch* alarms = nullptr;          // null: no alarms about alarms, no figures
    AuditTrail* audit = nullptr;           // null: none is kept
  };
  explicit Judge(Parts parts);
  ~Judge() override;

  // Nothing happens by itself any more: what was due belongs to whoever takes over. Before the last flush.
  void stop();

  // Alarms as stored; transitions of those whose rule is gone are recorded.
  void restore(std::vector<model::AlarmRecord> records);
  // Goes on where the judge of another configuration ended: the newest readings and what runs in rules, of all that is
  // the same; not which devices answer: that has to show itself anew. That one is of no use afterwards. Once, behind
  // restore().
  void adopt(Judge& before);
  // What a person asks of an alarm; answered on core when it is durable, or the disk has refused it. Errors as those of
  // rules::Evaluator::carry_out, answered at once.
  using OrderAnswer = base::UniqueFunction<void(base::Result<model::AlarmRecord>)>;
  void carry_out(const model::AlarmOrder& order, OrderAnswer answer);
  // An anchor was taken: ends of shelves from an earlier boot may be known now.
  void clock_known();
  // Records an event that is not a reading (clock, epoch, catalogue) with the state that belongs to it. What a person
  // or a program did is entered into the audit trail in the same commit; so are orders to alarms, refused ones too.
  void record(const model::Event& event, std::vector<ports::StateChange> changes = {}) override;
  // Runs `done` on core once all that was recorded by now is durable; never, where the disk refuses it now.
  void when_durable(base::Task done);
  // Enters what is no event of its own.
  void audit(model::AuditNote note);
  void keep(std::vector<ports::StateChange> changes) override;
  void computed(std::vector<model::Reading> readings, base::BootTime at) override;

  void polled(PollResult result, base::Task taken) override;
  // Readings that came outside of the polls (what a command measured): one instant, as those of a poll.
  void measured(std::vector<model::Reading> readings, base::BootTime at);

  void observe(EventObserver observer) { observer_ = std::move(observer); }
  // Who acts on alarms; null: no one. It must outlive every call that may bring a transition.
  void set_repairs(TransitionSink* repairs) { repairs_ = repairs; }
  [[nodiscard]] const DeviceCounters& device(std::size_t index) const { return devices_[index]; }
  // The driver's state as the last poll left it; null: no poll has changed it since the start.
  [[nodiscard]] const device::DriverState* driver_state(std::size_t index) const {
    const auto found = states_.find(index);
    return found == states_.end() ? nullptr : &found->second;
  }
  // Polls that were skipped because the bus or core was behind, by bus.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& missed_turns() const { return missed_turns_; }
  // What each bus said of itself last.
  [[nodiscard]] const std::map<std::string, BusStatistics>& buses() const { return buses_; }
  // The date of the last transition, microseconds; 0 where it was not known.
  [[nodiscard]] std::int64_t since(const std::string& alarm) const;

 private:
  void emit(const model::Event& event);
  void enter(model::AuditNote note, base::BootTime at);
  void take_readings(std::vector<model::Reading> readings, base::BootTime at);
  void emit_telemetry(std::vector<model::Reading> readings, base::BootTime at);
  void emit_split(base::BootTime at, model::DataClass c, std::vector<model::Reading> readings);
  void take_verdict(rules::Verdict verdict, base::BootTime at);
  void take_transitions(std::vector<model::AlarmTransition> transitions);
  void take_transition(model::AlarmTransition transition);
  void take_outcome(AlarmWatch::Outcome outcome);
  void store_record(model::AlarmRecord record, base::BootTime at);
  void arm();
  void timer_due();

  Parts parts_;
  std::vector<DeviceCounters> devices_;
  std::map<std::string, std::uint64_t> missed_turns_;
  std::map<std::string, BusStatistics> buses_;
  std::map<std::string, std::int64_t> since_;          // by alarm; as many as there are rule instances at the most
  std::map<std::size_t, device::DriverState> states_;  // by device
  AlarmTimes times_;
  EventObserver observer_;
  TransitionSink* repairs_ = nullptr;
  base::TimerId timer_ = base::TimerId::none;
  base::BootTime timer_at_{};
  bool stopped_ = false;
};

}  // namespace wayside::pipeline
