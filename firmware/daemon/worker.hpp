// An event loop with a thread of its own. Home: whoever owns it; post to it from anywhere.
#pragma once

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "daemon/asio_scheduler.hpp"

namespace wayside::daemon {

class Worker {
 public:
  Worker(std::string name, const base::Clock& clock) : name_(std::move(name)), scheduler_(io_, clock) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start() {
    thread_ = std::thread([this] { io_.run(); });
    pthread_setname_np(thread_.native_handle(), name_.substr(0, 15).c_str());
  }
  // Ends after the task that is running.
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] base::Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] bool is_started() const { return thread_.joinable(); }

 private:
  std::string name_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  AsioScheduler scheduler_;
  std::thread thread_;
};

}  // namespace wayside::daemon
