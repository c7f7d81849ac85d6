// One bus at work: which device is due, its blocks read one after another, decoded, and the readings of one instant
// handed to core. Keeps each device's communication state. Home: the bus's Scheduler, but for the sink, which lives
// on core. Stages 1 to 5 of the way of the data.
//
// A device that answers three polls in a row with an exception such as "device failure" is alive, and all its points
// turn bad_device_failure, once. A device that misses three polls in a row is lost: all its points turn
// bad_no_communication (with the last value kept), once; from then on it is probed with a back-off of up to ten
// seconds. The first answer brings it back.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/scheduler.hpp"
#include "device/driver.hpp"
#include "model/asset.hpp"
#include "model/reading.hpp"
#include "pipeline/poll_schedule.hpp"
#include "ports/register_bus.hpp"

namespace wayside::pipeline {

struct PolledDevice {
  model::DeviceId id;
  std::uint8_t unit = 1;
  std::unique_ptr<device::Driver> driver;
  model::PointHandle first_point{};  // the driver's point 0; the others follow
  std::chrono::microseconds timeout{};
  device::DriverState state;  // as stored, or empty
};

struct DeviceCounters {
  std::uint64_t polls = 0;
  std::uint64_t failures = 0;
  std::string last_error;
  bool communicating = false;
  bool ever_answered = false;
  base::BootTime since{};  // of `communicating`
  base::BootTime last_answer{};
};

// What a poll gave. Moves from the bus's thread to core.
struct PollResult {
  std::size_t device = 0;  // index among all devices of the gateway
  base::BootTime at{};
  std::vector<model::Reading> readings;
  std::optional<device::DriverState> state;       // when it changed
  std::optional<model::DeviceIdentity> identity;  // when it was read
  DeviceCounters counters;
  bool status_changed = false;
  std::uint64_t missed_turns = 0;  // of the bus so far
};

class PollSink {
 public:
  virtual ~PollSink() = default;
  // On core. `taken` must be called when the result has been taken in: a bus whose results core has not taken skips
  // its turns.
  virtual void polled(PollResult result, base::Task taken) = 0;
};

class Poller {
 public:
  // `indices`: of each device among all of the gateway. Everything referred to must outlive this.
  Poller(std::vector<PolledDevice> devices, std::vector<std::size_t> indices, const base::BootId& boot,
         ports::RegisterBus& bus, base::Scheduler& home, base::Scheduler& core, PollSink& sink);

  // On the home Scheduler.
  void start();
  // No new polls; a read under way ends without effect. On the home Scheduler.
  void stop();

 private:
  struct Device {
    PolledDevice what;
    DeviceCounters counters;
    int missed_in_row = 0;
    bool told_lost = false;
  };
  struct Turn {  // one slot of the schedule
    std::size_t device = 0;
    std::size_t group = 0;
  };
  struct Underway {
    std::size_t slot = 0;
    std::size_t block = 0;
    device::RegisterImage image;
    std::vector<device::RegisterBlock> refused;  // answered with "no such register"
    base::BootTime at{};
  };

  void run();
  void arm();
  void read_next_block();
  void on_block(base::Result<ports::BusReply> reply);
  void finish_turn();
  void fail_turn(const base::Error& error);
  void lose(std::size_t index, const base::Error& error, PollResult& result);
  // All points of the device turn bad, without a value.
  static void spoil(const Device& device, model::Quality quality, PollResult& result);
  void hand_over(std::size_t device, PollResult result);
  [[nodiscard]] const device::PollGroup& group_of(const Turn& turn) const;

  std::vector<Device> devices_;
  std::vector<std::size_t> indices_;
  base::BootId boot_;
  ports::RegisterBus& bus_;
  base::Scheduler& home_;
  base::Scheduler& core_;
  PollSink& sink_;

  PollSchedule schedule_;
  std::vector<Turn> turns_;
  std::optional<Underway> underway_;
  base::TimerId timer_ = base::TimerId::none;
  int handed_over_ = 0;        // results that core has not taken yet
  std::uint64_t skipped_ = 0;  // turns skipped because core was behind
  bool running_ = false;
};

}  // namespace wayside::pipeline
