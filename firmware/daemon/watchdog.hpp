// Feeds the service manager's watchdog, and only while every thread of the daemon shows life: on each of them a small
// task counts a beat; core, which looks at them, feeds when all have counted since it last did. So one thread that
// hangs (a deadlock, a driver that does not return, a card that takes no more writes) ends as a restart.
//
// A thread may be busy for three quarters of the interval at any time without harm: beats and looks are a quarter of it
// apart. The unit's WatchdogSec is chosen for that: an SD card that tidies up holds an fsync for many seconds, and
// to be killed for it would only make it do the work again.
//
// Home: core. Destroy it before the Schedulers given; tasks that wait on them then do nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.hpp"

namespace wayside::daemon {

class Watchdog {
 public:
  // `feed` is called on core. No interval: no one watches, and nothing runs.
  Watchdog(base::Scheduler& core, std::optional<std::chrono::microseconds> interval, std::function<void()> feed);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Before start(). `name` is the thread's, for the log.
  void watch(std::string name, base::Scheduler& worker);
  // Feeds once, and from then on as above.
  void start();

 private:
  struct Worker {
    std::string name;
    base::Scheduler* home;
    std::shared_ptr<std::atomic<std::uint32_t>> beats;
    std::uint32_t seen = 0;  // at the last feeding
  };

  void look();
  void name_the_hung();
  [[nodiscard]] std::chrono::microseconds period() const { return *interval_ / 4; }

  base::Scheduler& core_;
  std::optional<std::chrono::microseconds> interval_;
  std::function<void()> feed_;
  std::vector<Worker> workers_;
  base::BootTime fed_{};
  base::TimerId timer_ = base::TimerId::none;
  bool named_ = false;  // those that hang, since the last feeding
  std::shared_ptr<std::atomic<bool>> alive_ = std::make_shared<std::atomic<bool>>(true);
};

}  // namespace wayside::daemon
