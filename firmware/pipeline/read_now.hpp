// A person reads a device now: its points over the bus, at technician's priority, one exchange a turn so that polls go
// on between them. What is read is shown and not recorded, and the driver's state that decoding leaves behind is
// dropped: that is the poller's business. Home: starts on core, works on the bus's Scheduler, answers on core.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/scheduler.hpp"
#include "model/sample.hpp"
#include "pipeline/bus_exchange.hpp"
#include "pipeline/bus_job.hpp"

namespace wayside::pipeline {

// A device as its bus knows it. All must outlive the read.
struct ReadTarget {
  ExchangeTarget device;
  BusQueue* queue = nullptr;
  base::Scheduler* home = nullptr;
  base::Scheduler* core = nullptr;
};

struct ReadNow {
  std::vector<model::Sample> samples;  // of the points that came; one that the device refuses is not among them
  base::BootTime at{};                 // the last answer
};
// Errors: those of the bus and of its queue (Errc::timeout: its turn did not come in time); Errc::denied: the device
// speaks by itself and cannot be asked; what the device refuses, where one point is asked for.
using ReadNowDone = base::UniqueFunction<void(base::Result<ReadNow>)>;

// `point`: of the driver's points; none: all of them. Answered exactly once, never inline. `patience`: how long each
// exchange may wait for its turn.
void read_now(const ReadTarget& target, std::optional<std::uint32_t> point, std::chrono::microseconds patience,
              ReadNowDone done);

}  // namespace wayside::pipeline
