// base::Scheduler over a Boost.Asio io_context that one thread runs. post, post_at and cancel from any thread.
// Cheap enough for a bus that does hundreds of thousands of transactions a second: what is posted is run in batches
// with one wake-up, and all timers share one of Asio's, which is set anew only when an earlier one comes.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/scheduler.hpp"

namespace wayside::daemon {

class AsioScheduler final : public base::Scheduler {
 public:
  AsioScheduler(boost::asio::io_context& io, const base::Clock& clock) : io_(io), clock_(clock), timer_(io) {}

  void post(base::Task task) override;
  base::TimerId post_at(base::BootTime when, base::Task task) override;
  void cancel(base::TimerId id) override;
  [[nodiscard]] base::BootTime now() const override { return clock_.boot_now(); }

 private:
  struct Timer {
    std::uint64_t id = 0;
    base::Task task;
  };
  using Timers = std::multimap<base::BootTime, Timer>;  // those of one time in the order they came

  void run_posted();
  void add(std::uint64_t id, base::BootTime when, base::Task task);
  void remove(std::uint64_t id);
  void wake_at(base::BootTime when);
  void run_due();
  [[nodiscard]] bool on_home() const { return io_.get_executor().running_in_this_thread(); }

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  std::atomic<std::uint64_t> next_{1};

  std::mutex mutex_;  // for the two that follow
  std::vector<base::Task> posted_;
  bool wake_up_posted_ = false;

  // Touched only on the io_context's thread.
  std::vector<base::Task> running_;
  boost::asio::steady_timer timer_;
  base::BootTime wakes_at_ = base::BootTime::max();
  Timers timers_;
  std::unordered_map<std::uint64_t, Timers::iterator> by_id_;
};

}  // namespace wayside::daemon
