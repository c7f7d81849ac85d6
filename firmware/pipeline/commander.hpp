// Commands to devices, from being asked to being measured: checks, journal, write, wait, read back, tell. Also the
// holds of technicians. Home: core; what touches a bus runs there as two jobs of its queue, so that polls go on
// between.
//
// The life of a command:
//   checks -> waits for the one before it on the same device -> journalled `started`, synced -> waits for the bus ->
//   the last look (its time, hold, interlock, anew) while the bus is already its own -> written -> settles -> read back
//   -> result and end of the journal entry in one commit -> answered.
// A write is tried once. One whose answer did not come is read back like any other: only what is measured counts.
// After a restart what was begun is never run again: its target is read back and it ends as `interrupted`.
//
// Bounds: 64 commands at a time, 8 of them a device; 600 refusals told as events an hour (all are answered, counted).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/scheduler.hpp"
#include "model/command.hpp"
#include "pipeline/bus_exchange.hpp"
#include "pipeline/command_gate.hpp"
#include "pipeline/command_journal.hpp"
#include "pipeline/holds.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/read_now.hpp"
#include "pipeline/recorder.hpp"

namespace wayside::pipeline {

struct CommanderCounters {
  std::uint64_t asked = 0;
  std::uint64_t done = 0;
  std::uint64_t refused = 0;
  std::uint64_t other = 0;       // not fulfilled, expired, failed, interrupted
  std::uint64_t untold = 0;      // refusals that were answered but, being too many, not told as events
  std::uint64_t unwritable = 0;  // not carried out because the journal could not be written
};

class Commander {
 public:
  static constexpr std::size_t kMostRunning = 64;
  static constexpr std::size_t kMostOfDevice = 8;
  static constexpr std::chrono::minutes kLongestLife{10};

  struct Parts {
    Judge& judge;
    Recorder& recorder;
    ports::Outbox& outbox;
    const model::PointTable& points;
    base::Scheduler& core;
    const base::Clock& clock;
    base::Random& random;
    std::vector<CommandedDevice> devices;
    std::vector<ports::StateEntry> commands;  // CommandJournal::kSpace as stored
    std::vector<ports::StateEntry> holds;     // Holds::kSpace as stored
  };
  explicit Commander(Parts parts);
  ~Commander();

  // Reads back what was begun before the restart. Once, when the buses may be given jobs.
  void start();

  // Answered exactly once, on core, never inline: when the result is durable, or the disk has refused it.
  using Answer = base::UniqueFunction<void(const model::CommandResult&)>;
  void submit(model::CommandOrder order, Answer answer);

  // For a read of the device by a person. Errors (Errc::not_found): no such device, with the nearest.
  [[nodiscard]] base::Result<ReadTarget> reach(const model::DeviceId& device) const;

  // What a command would meet now; nothing is done, counted or told.
  struct Preview {
    std::string title;  // of the device
    model::PointHandle point{};
    model::Value value;   // as it would be written
    std::string refusal;  // empty: it would be let in
  };
  // Errors (Errc::not_found): no such device or point, with the nearest.
  [[nodiscard]] base::Result<Preview> preview(const model::CommandOrder& order) const;

  // Once it is answered no one else's command reaches the device any more, and none is under way.
  // Errors: not_found; invalid_argument (the span); denied (held by someone else).
  using HoldAnswer = base::UniqueFunction<void(base::Result<model::Hold>)>;
  void hold(const model::DeviceId& device, const model::Asker& by, std::chrono::microseconds span, HoldAnswer answer);
  // By anyone at the gateway: who did it is told. Errors: not_found (no such device, or no one holds it).
  void release(const model::DeviceId& device, const model::Asker& by, HoldAnswer answer);
  [[nodiscard]] std::vector<model::Hold> holds() const { return holds_.all(); }
  // Null: no one holds it now.
  [[nodiscard]] const model::Hold* held(const model::DeviceId& device) const;

  [[nodiscard]] const CommanderCounters& counters() const { return counters_; }
  // No command is under way.
  [[nodiscard]] bool is_idle() const { return running_.empty(); }

 private:
  enum class Phase : std::uint8_t { queued, journalling, on_bus_queue, writing, settling, reading };
  struct Running {
    model::CommandResult result;
    model::Asker by;
    CommandTarget target;
    Phase phase = Phase::queued;
    base::BootTime expires{};
    device::CommandPlan plan;
    bool interrupted = false;                // read back only
    std::optional<base::Error> write_error;  // none: written
    base::TimerId timer = base::TimerId::none;
    std::vector<Answer> answers;
  };
  using Release = std::shared_ptr<base::Task>;

  // Checks (commander.cpp).
  [[nodiscard]] bool asks_the_same(const model::CommandOrder& order, const model::CommandResult& known) const;
  [[nodiscard]] bool answer_again(const model::CommandOrder& order, Answer& answer);
  [[nodiscard]] base::Result<CommandTarget> let_in(const model::CommandOrder& order, model::CommandResult& result);
  void refuse(model::CommandResult result, const std::string& reason, Answer answer);
  [[nodiscard]] std::vector<model::PointHandle> moving(const std::string& but_not) const;
  [[nodiscard]] bool may_be_told();

  // The way to the bus and back (command_life.cpp).
  Running* find(const std::string& id, Phase phase);
  void begin_next(std::size_t device);
  void journalled(const std::string& id, const base::Result<std::vector<ports::StoredKey>>& committed);
  void take_turn(const std::string& id, base::Scheduler& home, base::Result<ports::RegisterBus*> bus,
                 const Release& release);
  [[nodiscard]] base::Result<void> last_look(Running& running);
  void written(const std::string& id, WriteEnd end);
  void read_back_soon(const std::string& id);
  void measured(const std::string& id, base::Result<Measured> measured);
  void judge_effect(const std::string& id, Running& running, const base::Result<Measured>& measured);
  void expire(const std::string& id);
  void finish(const std::string& id, model::CommandOutcome outcome, std::string reason);
  void tell(const model::CommandResult& result, std::vector<Answer> answers);
  [[nodiscard]] ExchangeTarget exchange_target(const Running& running) const;
  [[nodiscard]] model::DataClass class_of(const model::CommandResult& result) const;

  // Holds (command_holds.cpp).
  void look_at_holds();
  void arm_holds();
  void tell_hold(model::HoldStep step, const model::Hold& hold, const std::string& by, ports::StateChange change);
  void answer_hold(std::size_t device, model::Hold hold, HoldAnswer answer);
  [[nodiscard]] bool touched_by_other(std::size_t device, const model::Asker& by) const;

  Parts parts_;
  Holds holds_;
  CommandGate gate_;
  CommandJournal journal_;
  std::map<std::string, Running> running_;  // by id
  struct Line {
    std::string current;             // the id at work; empty: none
    std::deque<std::string> queued;  // behind it
    std::vector<base::Task> after;   // holds that wait for it to end
  };
  std::vector<Line> lines_;  // by device
  std::deque<base::BootTime> told_refusals_;
  base::TimerId hold_timer_ = base::TimerId::none;
  CommanderCounters counters_;
};

}  // namespace wayside::pipeline
