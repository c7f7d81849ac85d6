// One bus at work, and its only owner: which device is due, its blocks read one after another, decoded, and the
// readings of one instant handed to core; between them the jobs of others (BusQueue). Home: the bus's Scheduler, but
// for submit(), which may be called from anywhere, and the sink, which lives on core. Stages 1 to 5 of the way of the
// data.
//
// What goes next: command > technician > alarm points > normal > slow (periods of a minute and more) > probe; within a
// class by deadline. Every second turn belongs to a poll that is over two periods late, if there is one, so that
// neither a technician's scan nor a bus with too much to do stops any poll for good; commands go before that, also
// between the blocks of a poll. Jobs: at most 64 wait; one whose time passes is told so (timeout).
//
// A device that answers three polls in a row with an exception such as "device failure" is alive, and all its points
// turn bad_device_failure, once. A device that misses three polls in a row is lost: all its points turn
// bad_no_communication (with the last value kept), once; from then on only its smallest block is asked for, with a
// back-off of up to ten seconds and within the budget of time that devices which do not answer may take (5 % by
// default; it binds only while some device answers: there is nobody else to keep the time for). The first answer brings
// it back: it is greeted (identity, set-up), then polled in full at once. Three errors of the line itself (closed, no
// such port, a gateway without a way to its line) in a row: all devices are lost at once, and one request a back-off
// asks for the line, not one for each device. The same when the bus itself says that its line has gone and it is not
// open again within a second: a device that is polled once an hour must not look alive so long. "Busy" (exceptions 05,
// 06) is asked again three times after a tenth of a second, and is no miss.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/scheduler.hpp"
#include "device/driver.hpp"
#include "pipeline/airtime_budget.hpp"
#include "pipeline/delay_histogram.hpp"
#include "pipeline/greeting.hpp"
#include "pipeline/hand_over.hpp"
#include "pipeline/job_queue.hpp"
#include "pipeline/poll_result.hpp"
#include "pipeline/poll_schedule.hpp"
#include "pipeline/read_blocks.hpp"
#include "ports/register_bus.hpp"

namespace wayside::pipeline {

struct PolledDevice {
  model::DeviceId id;
  std::uint8_t unit = 1;
  std::unique_ptr<device::Driver> driver;
  model::PointHandle first_point{};  // the driver's point 0; the others follow
  std::chrono::microseconds timeout{};
  device::DriverState state;                // as stored, or empty
  device::IdentitySpec identity{};          // of its profile
  std::vector<device::SetupWrite> setup{};  // those that hold for its options
  std::chrono::microseconds quiet{};        // silence it wants after its answer
  ReadBlocks::Limits limits{};              // of its profile, for blocks that must be cut smaller
  std::vector<bool> alarm_points{};         // by point of the driver: an input of a rule. Empty: none
};

struct PollerOptions {
  std::string bus = {};  // its id, for the log
  int dead_share = 50;   // of the bus's time for devices that do not answer, in thousandths
  // That of all buses of this home Scheduler; null: one of its own. Must outlive every task of both Schedulers.
  HandOver* hand_over = nullptr;
};

class Poller final : public BusQueue {
 public:
  // `indices`: of each device among all of the gateway. Everything referred to must outlive this.
  Poller(std::vector<PolledDevice> devices, std::vector<std::size_t> indices, const base::BootId& boot,
         ports::RegisterBus& bus, base::Scheduler& home, base::Scheduler& core, PollSink& sink,
         PollerOptions options = {});
  ~Poller() override;

  // On the home Scheduler.
  void start();
  // No new polls; a read under way ends without effect; jobs that wait are told Errc::cancelled. On the home Scheduler.
  // `idle` is called there, perhaps at once, when the bus is no one's any more: what was under way on it has ended.
  void stop(base::Task idle = {});

  void submit(BusJob job) override;

  // Greets a device that answers once more: who it is, its set-up compared and written where it differs. `done` is
  // called on the home Scheduler: nothing; or why not (it does not answer, refuses, has no set-up, or the bus ends).
  // `device`: its index among all of the gateway. On the home Scheduler.
  using GreetDone = base::UniqueFunction<void(const base::Result<void>&)>;
  void greet(std::size_t device, GreetDone done);

 private:
  enum class State : std::uint8_t { polling, greeting, away };
  struct Device {
    PolledDevice what;
    ReadBlocks blocks;
    Greeting greeting;
    DeviceCounters counters{};
    std::optional<device::DeviceIdentity> identity{};
    State state = State::polling;
    int missed_in_row = 0;  // without an answer
    int failed_in_row = 0;  // answered with a failure
    int busy_in_row = 0;
    bool told_lost = false;
    bool listens = false;
    base::BootTime heard{};                   // the last answer, or the start
    base::BootTime retry_parked{};            // when what it refused is asked for again
    std::vector<PollSchedule::Slot> slots{};  // of its groups; none where it listens
    PollSchedule::Slot care = 0;              // in schedule_: the next step of its greeting
    std::vector<GreetDone> greeted{};         // who wait for the end of the greeting
  };
  struct Work {  // one slot of the schedule
    std::size_t device = 0;
    std::size_t group = 0;
    bool greeting = false;
  };
  enum class Kind : std::uint8_t { blocks, frames, greeting, probe, listen };
  struct Turn {
    Kind kind = Kind::blocks;
    std::size_t device = 0;
    std::size_t group = 0;
    PollSchedule::Slot slot = 0;
    std::optional<base::BootTime> due{};
    std::size_t block = 0;
    int refusals = 0;
    device::RegisterImage image{};
    bool read_something = false;
    std::vector<base::Bytes> frames{};
    std::vector<model::Reading> parked{};
    base::BootTime at{};
    base::BootTime exchange_began{};
  };
  using Request = std::variant<device::RegisterBlock, device::RegisterWrite, ports::FrameExchange>;

  // poller_jobs.cpp
  void accept(BusJob job);
  void expire_jobs();
  void cancel_jobs();
  void arm_expiry();
  void run_job();
  void job_released(std::uint64_t number);
  void tell_idle();

  // poller.cpp: the queue
  void add(PolledDevice device);
  void arm();
  [[nodiscard]] std::optional<base::BootTime> next_wake();
  [[nodiscard]] base::BootTime probe_free_at(base::BootTime now);
  [[nodiscard]] bool any_answers() const;
  void charge_silence(std::chrono::microseconds took, base::BootTime now);
  void pump();
  void pump_broken_line(base::BootTime now);
  bool start_late(base::BootTime now);
  void start_poll(const PollSchedule::Due& due);
  void start_probe(const PollSchedule::Due& due);
  void begin(Turn turn);
  void advance();
  void exchange(Request what);
  void on_reply(base::Result<ports::BusReply> reply);
  void end_turn();
  void hand_over(std::size_t device, PollResult result);
  [[nodiscard]] BusStatistics statistics() const;

  // poller_turns.cpp: what a turn asks, and what the answers mean
  [[nodiscard]] std::optional<Request> next_request();
  [[nodiscard]] std::optional<Request> probe_request(const Device& device) const;
  void on_block(base::Result<ports::BusReply> reply);
  void on_frame(base::Result<ports::BusReply> reply);
  void on_heard(base::Result<ports::BusReply> reply);
  void on_greeting(const base::Result<ports::BusReply>& reply);
  void on_probe(const base::Result<ports::BusReply>& reply);
  void refuse_block(const base::Error& error);
  void finish_turn();
  void decode(Device& device, Turn& turn, PollResult& result) const;
  void note_silence(Device& device, PollResult& result) const;
  void end_greeting(std::size_t index, PollResult& result);

  // poller_health.cpp: who is there
  static void present(Device& device, base::BootTime at, PollResult& result);
  void fail_turn(const base::Error& error);
  bool ask_again_later(const base::Error& error);
  void lose(std::size_t index, const base::Error& error, PollResult& result);
  void come_back(std::size_t index, PollResult& result);
  void welcome(std::size_t index, base::BootTime when);
  static void answer_greeted(Device& device, const base::Result<void>& outcome);
  void line_failed(const base::Error& error);
  void line_heard_lost(const base::Error& error);
  void give_up_line(base::BootTime now);
  void lose_line(const base::Error& error);
  void line_works();
  void retry_parked(Device& device, base::BootTime now);
  [[nodiscard]] std::optional<std::size_t> line_probe();
  static void note_parking(Device& device);
  // All points of the device turn bad, without a value.
  static void spoil(const Device& device, model::Quality quality, PollResult& result);
  static void park(Device& device, const std::vector<std::uint32_t>& points, base::BootTime at,
                   std::vector<model::Reading>& out);

  std::vector<Device> devices_;
  std::vector<std::size_t> indices_;
  base::BootId boot_;
  std::string name_;
  ports::RegisterBus& bus_;
  base::Scheduler& home_;
  std::unique_ptr<HandOver> own_hand_over_;
  HandOver* to_core_;

  PollSchedule schedule_;
  PollSchedule probes_;     // one slot a device, awake while it does not answer
  std::vector<Work> work_;  // by slot of schedule_
  AirtimeBudget budget_;
  JobQueue jobs_;
  std::optional<Turn> turn_;
  std::optional<std::size_t> listener_;
  std::uint64_t turn_number_ = 0;
  std::uint64_t job_number_ = 0;
  bool job_running_ = false;
  bool exchanging_ = false;
  bool on_bus_ = false;  // a request of ours is under way, also of a turn that was given up
  base::Task idle_;      // who waits for the bus after stop()
  bool last_was_late_ = false;
  bool running_ = false;
  bool stopped_ = false;
  base::TimerId timer_ = base::TimerId::none;
  base::TimerId expiry_timer_ = base::TimerId::none;
  base::BootTime silent_until_{};  // no request before
  base::BootTime free_since_{};    // the bus has had nothing to do since
  base::BootTime told_statistics_{};
  base::BootTime started_{};
  std::chrono::microseconds most_quiet_{};
  int line_errors_ = 0;                    // in a row
  std::optional<base::Error> heard_loss_;  // the bus said so, and no exchange has met it yet
  std::uint64_t opens_at_loss_ = 0;
  bool line_away_ = false;
  base::BootTime line_retry_{};
  std::size_t line_probe_ = 0;
  int handed_over_ = 0;  // results that core has not taken yet
  BusStatistics statistics_;
  DelayHistogram start_delay_;
  DelayHistogram own_delay_;
  std::shared_ptr<Poller*> alive_;  // seen by the jobs' releases, which may outlive this
};

}  // namespace wayside::pipeline
