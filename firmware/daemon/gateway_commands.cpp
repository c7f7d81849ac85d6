// The commander, put together from what the pollers and the configuration know.
#include <algorithm>

#include "daemon/downlink_assembly.hpp"
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
    device.local_only = std::move(assembled.commands.local_only);
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

void Gateway::make_downlink() {
  if (!link_) return;
  const auto& asked = config_.uplink->downlink;
  downlink_ = std::make_unique<pipeline::Downlink>(
      pipeline::Downlink::Parts{config_.id, topics_, downlink_rules(asked), seams_.verify, *commander_, *judge_,
                                *audit_, *answers_, *assembly_.points, *time_, seams_.clock, seams_.core,
                                [this] { return alarms(); }, config_.log_level, seams_.take_config, historian_.get()});
}

base::Result<void> Gateway::make_sparkplug() {
  if (!link_ || !config_.uplink->sparkplug) return {};
  auto stored = seams_.state.load(SparkplugFace::kSpace);
  if (!stored) return stored.error();
  auto options = link_options();
  options.connect.client_id += "-sparkplug";
  options.sent = [this](std::size_t bytes) { budget_->sent(bytes, seams_.core.now()); };
  const auto rules = downlink_rules(config_.uplink->downlink);
  constexpr auto kWrite = static_cast<std::size_t>(model::OrderKind::write);
  sparkplug_ = std::make_unique<SparkplugFace>(
      SparkplugFace::Parts{*config_.uplink->sparkplug, config_, std::move(options), *seams_.sessions, *assembly_.points,
                           *time_, seams_.clock, *commander_, *judge_, seams_.outbox, seams_.core, seams_.random,
                           rules.allowed[kWrite] && !rules.needs_signature[kWrite]},
      *stored);
  return {};
}

base::Result<void> Gateway::make_repairs() {
  auto stored = seams_.state.load(pipeline::RepairLog::kSpace);
  if (!stored) return stored.error();
  repairs_ = std::make_unique<pipeline::Repairs>(pipeline::Repairs::Parts{
      std::move(assembly_.repairs), *commander_, *judge_, *recorder_, *assembly_.rules, *assembly_.site_clock,
      config_.position, *assembly_.points, seams_.clock.boot_id(), seams_.core,
      [this](const model::DeviceId& device, auto done) { set_up(device, std::move(done)); }, std::move(*stored)});
  judge_->set_repairs(repairs_.get());
  return {};
}

void Gateway::set_up(const model::DeviceId& device, pipeline::Repairs::SetUpDone done) {
  const auto index = static_cast<std::size_t>(std::ranges::find(config_.devices, device, &config::DeviceConfig::id) -
                                              config_.devices.begin());
  const auto bus = std::ranges::find(config_.buses, config_.devices[index].bus, &config::BusConfig::id);
  auto& at = buses_[static_cast<std::size_t>(bus - config_.buses.begin())];
  at.seam.home.post([this, &at, index, done = std::move(done)]() mutable {
    at.poller->greet(index, [this, done = std::move(done)](const base::Result<void>& outcome) mutable {
      seams_.core.post([outcome, done = std::move(done)]() mutable { done(outcome); });
    });
  });
}

}  // namespace wayside::daemon
