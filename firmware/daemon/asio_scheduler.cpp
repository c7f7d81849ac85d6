#include "daemon/asio_scheduler.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace wayside::daemon {
namespace {

// Asio 1.81 copies some handlers; a move-only task is therefore held by pointer.
auto holding(base::Task task) {
  return [held = std::make_shared<base::Task>(std::move(task))] { (*held)(); };
}

}  // namespace

void AsioScheduler::post(base::Task task) { boost::asio::post(io_, holding(std::move(task))); }

base::TimerId AsioScheduler::post_at(base::BootTime when, base::Task task) {
  const std::uint64_t id = next_++;
  // dispatch: at once when already on the thread, so that a cancel that follows finds the timer.
  boost::asio::dispatch(
      io_, [this, id, when, held = std::make_shared<base::Task>(std::move(task))] { arm(id, when, std::move(*held)); });
  return base::TimerId{id};
}

void AsioScheduler::arm(std::uint64_t id, base::BootTime when, base::Task task) {
  auto& timer = timers_.emplace(id, io_).first->second;
  timer.expires_after(when - clock_.boot_now());
  timer.async_wait([this, id, held = std::make_shared<base::Task>(std::move(task))](const boost::system::error_code&) {
    // A cancelled timer whose wait had already completed is gone from the map: it must not run.
    if (timers_.erase(id) > 0) (*held)();
  });
}

void AsioScheduler::cancel(base::TimerId id) {
  boost::asio::dispatch(io_, [this, id] { timers_.erase(static_cast<std::uint64_t>(id)); });
}

}  // namespace wayside::daemon
