#include "daemon/health_reporter.hpp"

#include <utility>

namespace wayside::daemon {

void HealthReporter::start() {
  next_ = parts_.core.now() + parts_.period;
  arm();
}

void HealthReporter::stop() {
  *alive_ = false;
  if (timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(timer_, base::TimerId::none));
}

void HealthReporter::arm() {
  timer_ = parts_.core.post_at(next_, [this] { report(); });
}

void HealthReporter::report() {
  timer_ = base::TimerId::none;
  while (next_ <= parts_.core.now()) next_ += parts_.period;  // after a stall one report, not many
  arm();
  parts_.outbox.stats([this, alive = alive_](const ports::OutboxStats& stats) {
    if (*alive) tell(stats);
  });
}

void HealthReporter::tell(const ports::OutboxStats& stats) {
  auto health = parts_.look();
  const auto now = parts_.core.now();
  model::StoreHealth store;
  store.waiting_chunks = stats.chunks;
  store.waiting_bytes = stats.bytes;
  if (stats.oldest) {
    if (const auto at = parts_.when(*stats.oldest)) store.oldest = now - *at;
  }
  store.taken_bytes = stats.taken_bytes;
  store.max_bytes = stats.max_bytes;
  store.disk_free_bytes = stats.disk_free_bytes;
  store.commits = stats.commits;
  store.failed_commits = stats.failed_commits;
  store.evicted = stats.evicted;
  store.damaged = stats.damaged;
  health.store = store;
  parts_.judge.record({now, model::DataClass::internal, std::move(health)}, {});
}

}  // namespace wayside::daemon
