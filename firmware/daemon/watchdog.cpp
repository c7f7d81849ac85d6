#include "daemon/watchdog.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::daemon {
namespace {

// One thread's life: a beat now and every period. Holds what it touches, so that it may outlive the watchdog.
struct Heart {
  base::Scheduler* home;
  std::chrono::microseconds period;
  std::shared_ptr<std::atomic<std::uint32_t>> beats;
  std::shared_ptr<std::atomic<bool>> alive;

  void beat() {
    if (!alive->load(std::memory_order_relaxed)) return;
    beats->fetch_add(1, std::memory_order_relaxed);
    home->post_at(home->now() + period, [next = *this]() mutable { next.beat(); });
  }
};

}  // namespace

Watchdog::Watchdog(base::Scheduler& core, std::optional<std::chrono::microseconds> interval, std::function<void()> feed)
    : core_(core), interval_(interval), feed_(std::move(feed)) {}

Watchdog::~Watchdog() {
  alive_->store(false, std::memory_order_relaxed);
  if (timer_ != base::TimerId::none) core_.cancel(timer_);
}

void Watchdog::watch(std::string name, base::Scheduler& worker) {
  workers_.push_back({std::move(name), &worker, std::make_shared<std::atomic<std::uint32_t>>(0U)});
}

void Watchdog::start() {
  if (!interval_) return;
  for (const auto& worker : workers_) {
    worker.home->post([heart = Heart{worker.home, period(), worker.beats, alive_}]() mutable { heart.beat(); });
  }
  feed_();
  fed_ = core_.now();
  timer_ = core_.post_at(fed_ + period(), [this] { look(); });
}

void Watchdog::look() {
  const auto now = core_.now();
  timer_ = core_.post_at(now + period(), [this] { look(); });
  const auto shows_life = [](const Worker& worker) {
    return worker.beats->load(std::memory_order_relaxed) != worker.seen;
  };
  if (!std::ranges::all_of(workers_, shows_life)) {
    if (!named_ && now - fed_ >= *interval_ / 2) name_the_hung();
    return;
  }
  for (auto& worker : workers_) worker.seen = worker.beats->load(std::memory_order_relaxed);
  if (std::exchange(named_, false)) base::log::info("watchdog.all_alive", {});
  feed_();
  fed_ = now;
}

// Before the end comes: the journal then says which thread it was.
void Watchdog::name_the_hung() {
  named_ = true;
  const auto seconds = [](std::chrono::microseconds span) {
    return std::chrono::duration_cast<std::chrono::seconds>(span).count();
  };
  for (const auto& worker : workers_) {
    if (worker.beats->load(std::memory_order_relaxed) != worker.seen) continue;
    base::log::error("watchdog.no_life", {{"thread", worker.name},
                                          {"for_s", seconds(core_.now() - fed_)},
                                          {"restart_in_s", seconds(*interval_ - (core_.now() - fed_))}});
  }
}

}  // namespace wayside::daemon
