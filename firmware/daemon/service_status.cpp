#include "daemon/service_status.hpp"

#include <fmt/format.h>

#include "daemon/gateway.hpp"

namespace wayside::daemon {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

std::string status_line(const ServiceState& state) {
  std::string line = fmt::format("{} of {} answer", state.answering, counted(state.devices, "device", "devices"));
  if (state.alarms > 0) line += ", " + counted(state.alarms, "alarm", "alarms");
  line += state.store_problem.empty() ? ", " + counted(state.waiting_chunks, "chunk waits", "chunks wait")
                                      : ", no store: " + state.store_problem;
  if (!state.link) return line + ", no uplink configured";
  if (*state.link) return line + ", link up";
  line += ", link down";
  return state.link_problem.empty() ? line : line + ": " + state.link_problem;
}

ServiceState service_state(const Gateway& gateway) {
  ServiceState out;
  const auto& devices = gateway.config().devices;
  out.devices = static_cast<std::uint32_t>(devices.size());
  for (std::size_t i = 0; i < devices.size(); ++i) out.answering += gateway.judge().device(i).communicating ? 1U : 0U;
  for (const auto& alarm : gateway.alarms()) out.alarms += model::is_active(alarm.state) ? 1U : 0U;
  if (const auto* link = gateway.link()) {
    out.link = link->is_up();
    out.link_problem = link->status().reason;
  }
  return out;
}

ServiceStatus::~ServiceStatus() {
  *alive_ = false;
  if (timer_ != base::TimerId::none) parts_.core.cancel(timer_);
}

void ServiceStatus::look() {
  timer_ = parts_.core.post_at(parts_.core.now() + kPeriod, [this] { look(); });
  parts_.outbox.stats([this, alive = alive_](const ports::OutboxStats& stats) {
    if (*alive) tell(stats);
  });
}

void ServiceStatus::tell(const ports::OutboxStats& stats) {
  auto state = parts_.look();
  state.waiting_chunks = stats.chunks;
  auto line = status_line(state);
  if (line == told_) return;
  told_ = std::move(line);
  parts_.tell(told_);
}

}  // namespace wayside::daemon
