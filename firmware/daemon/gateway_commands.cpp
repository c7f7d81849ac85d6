// The commander, put together from what the pollers and the configuration know.
#include <algorithm>

#include "daemon/gateway.hpp"

namespace wayside::daemon {

base::Result<void> Gateway::make_commander(const std::vector<const device::Driver*>& drivers) {
  auto commands = seams_.state.load(pipeline::CommandJournal::kSpace);
  if (!commands) return commands.error();
  auto holds = seams_.state.load(pipeline::Holds::kSpace);
  if (!holds) return holds.error();
  std::vector<pipeline::CommandedDevice> devices;
  for (std::size_t i = 0; i < assembly_.devices.size(); ++i) {
    auto& assembled = assembly_.devices[i];
    const auto& config = *assembled.config;
    const auto at = std::ranges::find(config_.buses, config.bus, &config::BusConfig::id) - config_.buses.begin();
    auto& bus = buses_[static_cast<std::size_t>(at)];
    pipeline::CommandedDevice device;
    device.id = config.id;
    device.title = config.profile.title;
    device.driver = drivers[i];
    device.unit = config.unit;
    device.timeout = config.profile.response_timeout;
    device.first_point = assembled.first_point;
    device.queue = bus.poller.get();
    device.home = &bus.seam.home;
    device.allowed = std::move(assembled.commands.allowed);
    device.max_per_minute = config.commands.max_per_minute;
    device.interlocks = std::move(assembled.commands.interlocks);
    device.state = [this, i, stored = stored_drivers_[config.id.value]] {
      const auto* state = judge_->driver_state(i);
      return state != nullptr ? *state : stored;
    };
    devices.push_back(std::move(device));
  }
  commander_ = std::make_unique<pipeline::Commander>(
      pipeline::Commander::Parts{*judge_, *recorder_, seams_.outbox, *assembly_.points, seams_.core, seams_.clock,
                                 seams_.random, std::move(devices), std::move(*commands), std::move(*holds)});
  return {};
}

}  // namespace wayside::daemon
