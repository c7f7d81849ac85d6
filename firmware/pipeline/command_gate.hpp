// What a command must pass before it may touch a device: it exists, is on the allow-list, is a value for the point,
// the device is not held by someone else, its interlocks are known to be true, and there are not too many.
// Every refusal is a sentence that says what was found and what to do (Errc::denied; not_found and invalid_argument
// for what the asker wrote). Home: core.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/scheduler.hpp"
#include "device/driver.hpp"
#include "model/command.hpp"
#include "model/point_table.hpp"
#include "pipeline/bus_job.hpp"
#include "pipeline/holds.hpp"
#include "rules/condition.hpp"

namespace wayside::pipeline {

struct Interlock {
  std::uint32_t point = 0;         // of the driver
  std::vector<model::Value> when;  // only for these target values, as read_value() gives them; empty: for all
  std::string only_if;             // as written
  std::unique_ptr<rules::Condition> condition;
};

// A device as the commander sees it. The driver is the poller's and constant; it is asked for plans on core, with the
// state as the last poll told it, and on the bus's Scheduler for decoding what was read back.
struct CommandedDevice {
  model::DeviceId id;
  std::string title;  // of its profile, for people
  const device::Driver* driver = nullptr;
  std::uint8_t unit = 1;
  std::chrono::microseconds timeout{};
  model::PointHandle first_point{};
  BusQueue* queue = nullptr;
  base::Scheduler* home = nullptr;  // of the bus
  std::vector<bool> allowed;        // by the driver's points
  std::vector<bool> local_only;     // likewise: not by the platform; empty: none
  int max_per_minute = 6;
  std::vector<Interlock> interlocks;
  std::function<device::DriverState()> state;  // asked on core
};

// One point of one device.
struct CommandTarget {
  std::size_t device = 0;
  std::uint32_t point = 0;
  bool operator==(const CommandTarget&) const = default;
};

class CommandGate {
 public:
  CommandGate(std::vector<CommandedDevice> devices, const model::PointTable& points, const Holds& holds);

  [[nodiscard]] std::size_t size() const { return devices_.size(); }
  [[nodiscard]] const CommandedDevice& device(std::size_t index) const { return devices_[index]; }
  [[nodiscard]] base::Result<std::size_t> find(const model::DeviceId& device) const;
  [[nodiscard]] base::Result<CommandTarget> find(const model::DeviceId& device, std::string_view point) const;
  [[nodiscard]] model::PointHandle handle(std::size_t device, std::uint32_t point) const;

  // The value as the point takes it, and what to do for it. Errors: not on the allow-list, not a value for it.
  [[nodiscard]] base::Result<model::Value> value_for(CommandTarget target, const model::Value& asked) const;
  [[nodiscard]] base::Result<device::CommandPlan> plan(CommandTarget target, const model::Value& value) const;

  // Asked when the command comes in, and again right before its first byte. `moving`: points that other commands are
  // changing at this moment; an interlock on one of them is not known.
  [[nodiscard]] base::Result<void> may_now(CommandTarget target, const model::Value& value, model::CommandOrigin origin,
                                           const model::Asker& by, const std::vector<model::PointHandle>& moving,
                                           base::BootTime now) const;

  // Counts it among the device's commands of the last minute, or says that there are too many.
  [[nodiscard]] base::Result<void> count(std::size_t device, base::BootTime now);

 private:
  [[nodiscard]] base::Result<void> interlocked(CommandTarget target, const model::Value& value,
                                               const std::vector<model::PointHandle>& moving, base::BootTime now) const;

  std::vector<CommandedDevice> devices_;
  const model::PointTable& points_;
  const Holds& holds_;
  std::vector<std::deque<base::BootTime>> minute_;  // by device: when commands were let in
};

// A text as the point's kind reads it: "on", "12.5", a name of its enumeration; other values are checked to fit.
[[nodiscard]] base::Result<model::Value> read_value(const model::Value& asked, const device::PointSpec& spec);

}  // namespace wayside::pipeline
