// base::Scheduler over a Boost.Asio io_context: one thread runs it. post, post_at and cancel from any thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "base/clock.hpp"
#include "base/scheduler.hpp"

namespace wayside::daemon {

class AsioScheduler final : public base::Scheduler {
 public:
  AsioScheduler(boost::asio::io_context& io, const base::Clock& clock) : io_(io), clock_(clock) {}

  void post(base::Task task) override;
  base::TimerId post_at(base::BootTime when, base::Task task) override;
  void cancel(base::TimerId id) override;
  [[nodiscard]] base::BootTime now() const override { return clock_.boot_now(); }

 private:
  void arm(std::uint64_t id, base::BootTime when, base::Task task);

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  std::atomic<std::uint64_t> next_{1};
  // Touched only on the io_context's thread.
  std::map<std::uint64_t, boost::asio::steady_timer> timers_;
};

}  // namespace wayside::daemon
