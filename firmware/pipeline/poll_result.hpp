// What a poll gives, and what a bus says of itself. Values; made on the bus's Scheduler, moved to core.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/scheduler.hpp"
#include "device/driver.hpp"
#include "device/firmware_version.hpp"
#include "model/reading.hpp"
#include "pipeline/delay_histogram.hpp"
#include "pipeline/poll_schedule.hpp"

namespace wayside::pipeline {

struct DeviceCounters {
  std::uint64_t polls = 0;
  std::uint64_t failures = 0;
  std::string last_error;
  bool communicating = false;
  bool ever_answered = false;
  base::BootTime since{};  // of `communicating`
  base::BootTime last_answer{};
  std::uint64_t timeouts = 0;
  std::uint64_t busy = 0;           // exceptions 05, 06
  std::uint64_t refused_reads = 0;  // exceptions 01, 02, 03
  std::uint64_t setup_writes = 0;
  std::uint64_t refused_setup = 0;
  std::chrono::microseconds airtime{};  // of the bus that it took
  // Points that are not read, with the reason. Null: none. Shared: it changes rarely and may be long.
  std::shared_ptr<const std::vector<std::string>> parked;
};

// Of one bus, since its poller started.
struct BusStatistics {
  std::array<std::uint64_t, kBusClasses> turns{};   // begun, polls and jobs, by class
  std::array<std::uint64_t, kBusClasses> missed{};  // deadlines of polls
  std::uint64_t skipped = 0;                        // polls left out because core was behind
  std::uint64_t jobs_expired = 0;
  std::uint64_t jobs_refused = 0;  // too many waited
  // How late polls began: in all, and beyond the bus's own waiting for what it was doing.
  std::chrono::microseconds start_p50{};
  std::chrono::microseconds start_p99{};
  DelayHistogram::Within start_within{};  // how many began within each of its bounds
  std::uint64_t starts = 0;
  std::chrono::microseconds start_sum{};
  std::chrono::microseconds own_p50{};
  std::chrono::microseconds own_p99{};
  std::uint32_t dead_per_mille = 0;  // share of all time spent on devices that did not answer
  std::uint32_t parked_points = 0;
  std::uint64_t splits = 0;  // blocks cut smaller
  bool line_away = false;
};

// What a poll gave. Moves from the bus's thread to core.
struct PollResult {
  std::size_t device = 0;  // index among all devices of the gateway
  base::BootTime at{};
  std::optional<base::BootTime> due;  // when the poll should have begun; none: no poll, or one that is not planned
  std::vector<model::Reading> readings;
  std::optional<device::DriverState> state;        // when it changed
  std::optional<device::DeviceIdentity> identity;  // when it was read for the first time, or changed
  DeviceCounters counters;
  bool status_changed = false;
  std::uint64_t missed_turns = 0;    // of the bus so far
  std::optional<BusStatistics> bus;  // each second at most
};

class PollSink {
 public:
  virtual ~PollSink() = default;
  // On core. `taken` must be called when the result has been taken in: a bus whose results core has not taken skips
  // its turns.
  virtual void polled(PollResult result, base::Task taken) = 0;
};

}  // namespace wayside::pipeline
