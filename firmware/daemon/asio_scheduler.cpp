#include "daemon/asio_scheduler.hpp"

#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

namespace wayside::daemon {

void AsioScheduler::post(base::Task task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    if (std::exchange(wake_up_posted_, true)) return;
  }
  boost::asio::post(io_, [this] { run_posted(); });
}

void AsioScheduler::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
    wake_up_posted_ = false;
  }
  auto next = running_.begin();
  while (next != running_.end() && !io_.stopped()) {
    auto task = std::move(*next++);
    task();
  }
  if (next != running_.end()) {
    // Stopped in between: whoever runs the loop again finds the rest, before what was posted since.
    const std::lock_guard lock(mutex_);
    posted_.insert(posted_.begin(), std::move_iterator(next), std::move_iterator(running_.end()));
    if (!std::exchange(wake_up_posted_, true)) boost::asio::post(io_, [this] { run_posted(); });
  }
  running_.clear();
}

base::TimerId AsioScheduler::post_at(base::BootTime when, base::Task task) {
  const std::uint64_t id = next_++;
  if (on_home()) {
    add(id, when, std::move(task));
  } else {
    post([this, id, when, task = std::move(task)]() mutable { add(id, when, std::move(task)); });
  }
  return base::TimerId{id};
}

void AsioScheduler::cancel(base::TimerId id) {
  const auto number = static_cast<std::uint64_t>(id);
  if (on_home()) return remove(number);
  post([this, number] { remove(number); });
}

void AsioScheduler::add(std::uint64_t id, base::BootTime when, base::Task task) {
  by_id_.emplace(id, timers_.emplace(when, Timer{id, std::move(task)}));
  if (when < wakes_at_) wake_at(when);
}

// The wake-up stays as it is: one too many costs less than setting it anew with each cancel.
void AsioScheduler::remove(std::uint64_t id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const auto gone = timers_.extract(found->second);  // its task is destroyed after the maps are in order again
  by_id_.erase(found);
}

void AsioScheduler::wake_at(base::BootTime when) {
  wakes_at_ = when;
  timer_.expires_after(when - clock_.boot_now());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_due();
  });
}

void AsioScheduler::run_due() {
  wakes_at_ = base::BootTime::max();
  const auto now = clock_.boot_now();
  while (!timers_.empty() && timers_.begin()->first <= now && !io_.stopped()) {
    auto due = timers_.extract(timers_.begin());
    by_id_.erase(due.mapped().id);
    due.mapped().task();
  }
  if (!timers_.empty() && timers_.begin()->first < wakes_at_) wake_at(timers_.begin()->first);
}

}  // namespace wayside::daemon
