// What the gateway says of itself: health. The rest of Gateway is in gateway.cpp.
#include <algorithm>

#include "daemon/gateway.hpp"

namespace wayside::daemon {

void Gateway::start_health() {
  health_ = std::make_unique<HealthReporter>(
      HealthReporter::Parts{[this] { return health(); },
                            [this](const ports::RecordedAt& recorded) -> std::optional<base::BootTime> {
                              if (recorded.boot == seams_.clock.boot_id()) return recorded.offset;
                              return time_->in_this_boot(recorded.boot, recorded.offset);
                            },
                            seams_.outbox, *judge_, seams_.core, config_.health_period});
  health_->start();
}

model::Health Gateway::health() const {
  model::Health out;
  out.uptime = seams_.clock.boot_now() - started_;
  if (seams_.process) out.process = seams_.process();
  out.link = link_health();
  for (const auto& bus : config_.buses) out.buses.push_back(bus_health(bus.id));
  for (const auto& bus : out.buses) {
    out.devices += bus.devices;
    out.devices_answering += bus.devices_answering;
  }
  for (const auto& alarm : alarms()) out.alarms_raised += model::is_active(alarm.state) ? 1U : 0U;
  out.clock_trusted = seams_.clock.wall_trusted();
  out.dropped_chunks = recorder_->counters().dropped_chunks;
  return out;
}

std::optional<model::LinkHealth> Gateway::link_health() const {
  if (!link_) return std::nullopt;
  const auto& sent = forwarder_->counters();
  const auto held = budget_->held();
  model::LinkHealth out;
  out.up = link_->is_up();
  out.connects = link_->status().connects;
  out.published = sent.published;
  out.acknowledged = sent.acknowledged;
  out.refused = sent.refused;
  out.bytes_today = budget_->day().bytes;
  out.bytes_month = budget_->month().bytes;
  out.backfill_held = held.backfill;
  out.live_held = held.live;
  out.insecure = config_.uplink->insecure;
  return out;
}

model::BusHealth Gateway::bus_health(const model::BusId& bus) const {
  model::BusHealth out;
  out.bus = bus.value;
  for (std::size_t i = 0; i < config_.devices.size(); ++i) {
    if (config_.devices[i].bus != bus) continue;
    const auto& device = judge_->device(i);
    ++out.devices;
    out.devices_answering += device.communicating ? 1U : 0U;
    out.polls += device.polls;
    out.failures += device.failures;
  }
  const auto statistics = judge_->buses().find(bus.value);
  if (statistics == judge_->buses().end()) return out;
  for (const auto missed : statistics->second.missed) out.missed += missed;
  out.dead_per_mille = statistics->second.dead_per_mille;
  out.line_away = statistics->second.line_away;
  return out;
}

}  // namespace wayside::daemon
