// The two exchanges of a command on its bus: write what the plan says, and read back what it measures. Each holds the
// bus from its first to its last transaction. Home: the bus's Scheduler; the answers come there, exactly once.
// The RegisterBus and the driver must outlive the exchange.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "device/driver.hpp"
#include "model/command.hpp"
#include "ports/register_bus.hpp"

namespace wayside::pipeline {

// What the bus's thread must know of the device: copies, so that it meets nothing of core's.
struct ExchangeTarget {
  const device::Driver* driver = nullptr;
  device::DriverState state;
  base::BootId boot{};
  std::uint8_t unit = 1;
  std::chrono::microseconds timeout{};
};

struct Measured {
  model::Value value;
  model::Quality quality = model::Quality::good;
  base::BootTime at{};
};

// How the writes of a plan ended. The first error ends them: what was written before stays written.
struct WriteEnd {
  model::Written written = model::Written::no;
  std::optional<base::BootTime> at;  // the device's answer to the last one
  std::optional<base::Error> error;  // none: all were answered
};
using WriteDone = base::UniqueFunction<void(WriteEnd)>;
// Requires: the plan writes something.
void write_plan(ports::RegisterBus& bus, const ExchangeTarget& target, const device::CommandPlan& plan, WriteDone done);

// Errors: those of the bus; Errc::protocol: the driver gives no sample of plan.measured for what was read.
using ReadBack = base::UniqueFunction<void(base::Result<Measured>)>;
void read_back(ports::RegisterBus& bus, const ExchangeTarget& target, const device::CommandPlan& plan, ReadBack done);

}  // namespace wayside::pipeline
