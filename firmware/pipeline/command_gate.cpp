#include "pipeline/command_gate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"

namespace wayside::pipeline {
namespace {

constexpr auto kMinute = std::chrono::minutes{1};

base::Error denied(std::string what) { return {base::Errc::denied, base::Consequence::drop_record, std::move(what)}; }
base::Error unknown(std::string what) {
  return {base::Errc::not_found, base::Consequence::drop_record, std::move(what)};
}

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }

bool concerns(const Interlock& lock, const model::Value& value) {
  const auto same = [number = model::as_number(value), &value](const model::Value& one) {
    return number ? number == model::as_number(one) : one == value;
  };
  return lock.when.empty() || std::ranges::any_of(lock.when, same);
}

// A plan comes from a family's code: what could not go out, or could not be checked afterwards, is no plan.
base::Result<void> check_plan(const device::CommandPlan& plan, const device::Driver& driver) {
  const bool frames = driver.plan().protocol != nullptr;
  const bool reads_back = frames ? plan.read_back_group < driver.plan().groups.size() : !plan.read_back.empty();
  const bool writes =
      frames ? !plan.frames.empty() && plan.writes.empty() : !plan.writes.empty() && plan.frames.empty();
  const bool sizes = std::ranges::all_of(plan.writes, [](const device::RegisterWrite& write) {
    const auto most = write.kind == device::RegisterKind::coil ? device::kMaxWriteBits : device::kMaxWriteRegisters;
    return !write.values.empty() && write.values.size() <= most;
  });
  const bool blocks = std::ranges::all_of(plan.read_back, [](const device::RegisterBlock& block) {
    return block.count > 0 && block.count <= device::max_read(block.kind);
  });
  if (writes && sizes && reads_back && blocks && plan.measured < driver.points().size() && plan.settle.count() >= 0) {
    return {};
  }
  return denied("its driver gives no complete plan for that: what to write, what to read back, what must then stand");
}

}  // namespace

CommandGate::CommandGate(std::vector<CommandedDevice> devices, const model::PointTable& points, const Holds& holds)
    : devices_(std::move(devices)), points_(points), holds_(holds), minute_(devices_.size()) {}

base::Result<std::size_t> CommandGate::find(const model::DeviceId& device) const {
  const auto found = std::ranges::find(devices_, device, &CommandedDevice::id);
  if (found != devices_.end()) return static_cast<std::size_t>(found - devices_.begin());
  std::vector<std::string> names;
  for (const auto& known : devices_) names.push_back(known.id.value);
  return unknown(fmt::format("no device '{}'{}", device.value, base::hint(device.value, names)));
}

base::Result<CommandTarget> CommandGate::find(const model::DeviceId& device, std::string_view point) const {
  const auto index = find(device);
  if (!index) return index.error();
  const auto points = devices_[*index].driver->points();
  const auto found = std::ranges::find(points, point, &device::PointSpec::name);
  if (found != points.end()) return CommandTarget{*index, static_cast<std::uint32_t>(found - points.begin())};
  std::vector<std::string> names;
  for (std::size_t n = 0; n < points.size(); ++n) {
    if (devices_[*index].allowed[n]) names.push_back(points[n].name);
  }
  return unknown(fmt::format("{} has no point '{}'{}", device.value, point, base::hint(point, names)));
}

model::PointHandle CommandGate::handle(std::size_t device, std::uint32_t point) const {
  return model::PointHandle{static_cast<std::uint32_t>(model::index(devices_[device].first_point)) + point};
}

base::Result<model::Value> CommandGate::value_for(CommandTarget target, const model::Value& asked) const {
  const auto& device = devices_[target.device];
  const auto& spec = device.driver->points()[target.point];
  if (!device.allowed[target.point]) {
    return denied(fmt::format("{} may not be commanded: it is not in commands.allow of the device",
                              model::point_id(device.id, spec.name)));
  }
  if (device.queue == nullptr) return denied("the bus of " + device.id.value + " takes no commands");
  return read_value(asked, spec);
}

base::Result<device::CommandPlan> CommandGate::plan(CommandTarget target, const model::Value& value) const {
  const auto& device = devices_[target.device];
  auto plan = device.driver->command({target.point, value}, device.state());
  if (!plan) return plan.error();
  if (const auto checked = check_plan(*plan, *device.driver); !checked) return checked.error();
  return plan;
}

base::Result<void> CommandGate::may_now(CommandTarget target, const model::Value& value, model::CommandOrigin origin,
                                        const model::Asker& by, const std::vector<model::PointHandle>& moving,
                                        base::BootTime now) const {
  const auto& local_only = devices_[target.device].local_only;
  if (origin == model::CommandOrigin::platform && target.point < local_only.size() && local_only[target.point]) {
    return denied(fmt::format(
        "{} may be commanded at the gateway only: 'local_only' names it",
        model::point_id(devices_[target.device].id, points_.info(handle(target.device, target.point)).name)));
  }
  const auto* hold = holds_.of(devices_[target.device].id);
  const bool own = hold != nullptr && origin == model::CommandOrigin::local && hold->by.is_same_person(by);
  if (hold != nullptr && !own && hold->until > now) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(hold->until - now).count();
    return denied(fmt::format("{} is held by {} for another {} s", hold->device.value, hold->by.text(), left + 1));
  }
  return interlocked(target, value, moving, now);
}

base::Result<void> CommandGate::interlocked(CommandTarget target, const model::Value& value,
                                            const std::vector<model::PointHandle>& moving, base::BootTime now) const {
  for (const auto& lock : devices_[target.device].interlocks) {
    if (lock.point != target.point || !concerns(lock, value)) continue;
    for (const auto input : lock.condition->points()) {
      if (std::ranges::find(moving, input) == moving.end()) continue;
      const auto& info = points_.info(input);
      return denied(fmt::format("interlock '{}' is not known: {} is being commanded at this moment", lock.only_if,
                                model::point_id(info.device, info.name)));
    }
    const auto verdict = lock.condition->evaluate(now);
    if (!verdict.truth) {
      return denied(fmt::format("interlock '{}' is not known: {}", lock.only_if,
                                verdict.bad.empty() ? "it cannot be computed" : joined(verdict.bad)));
    }
    if (!*verdict.truth) return denied(fmt::format("interlock '{}' is not true", lock.only_if));
  }
  return {};
}

base::Result<void> CommandGate::count(std::size_t device, base::BootTime now) {
  auto& minute = minute_[device];
  while (!minute.empty() && now - minute.front() >= kMinute) minute.pop_front();
  const auto most = static_cast<std::size_t>(std::max(devices_[device].max_per_minute, 0));
  if (minute.size() >= most) {
    return denied(fmt::format("{} has had {} commands in the last minute, as many as it may (max_per_minute)",
                              devices_[device].id.value, minute.size()));
  }
  minute.push_back(now);
  return {};
}

}  // namespace wayside::pipeline
