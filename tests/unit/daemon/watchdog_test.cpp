#include "daemon/watchdog.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <thread>

#include "base/virtual_scheduler.hpp"
#include "daemon/asio_scheduler.hpp"
#include "daemon/system_clock.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;

// A thread that can hang: tasks given to it then wait until it goes on.
class Hanging final : public base::Scheduler {
 public:
  explicit Hanging(base::Scheduler& real) : real_(real) {}
  void post(base::Task task) override { real_.post(guard(std::move(task))); }
  base::TimerId post_at(base::BootTime when, base::Task task) override {
    return real_.post_at(when, guard(std::move(task)));
  }
  void cancel(base::TimerId id) override { real_.cancel(id); }
  [[nodiscard]] base::BootTime now() const override { return real_.now(); }

  void hang() { hangs_ = true; }
  void go_on() {
    hangs_ = false;
    for (auto& task : std::exchange(waiting_, {})) real_.post(std::move(task));
  }

 private:
  base::Task guard(base::Task task) {
    return [this, task = std::move(task)]() mutable {
      if (hangs_) {
        waiting_.push_back(std::move(task));
      } else {
        task();
      }
    };
  }

  base::Scheduler& real_;
  bool hangs_ = false;
  std::vector<base::Task> waiting_;
};

struct World {
  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core = time.make_scheduler();
  std::unique_ptr<base::Scheduler> store_thread = time.make_scheduler();
  std::unique_ptr<base::Scheduler> bus_thread = time.make_scheduler();
  Hanging store{*store_thread};
  Hanging bus{*bus_thread};
  int fed = 0;
  base::BootTime last_fed{};

  daemon::Watchdog watchdog(std::optional<std::chrono::microseconds> interval) {
    return daemon::Watchdog(*core, interval, [this] {
      ++fed;
      last_fed = core->now();
    });
  }
  int fed_within(std::chrono::microseconds span) {
    const int before = fed;
    time.run_for(span);
    return fed - before;
  }
};

TEST_CASE("a daemon whose threads live is fed four times an interval") {
  World w;
  auto dog = w.watchdog(seconds{120});
  dog.watch("store", w.store);
  dog.watch("bus:a", w.bus);
  dog.start();
  CHECK(w.fed == 1);
  CHECK(w.fed_within(seconds{1200}) == 40);
}

TEST_CASE("one hung thread starves the watchdog, the others may live") {
  World w;
  auto dog = w.watchdog(seconds{120});
  dog.watch("store", w.store);
  dog.watch("bus:a", w.bus);
  dog.start();
  w.time.run_for(seconds{600});
  w.bus.hang();
  // What it had shown of life before counts once more.
  CHECK(w.fed_within(seconds{30}) <= 1);
  CHECK(w.fed_within(seconds{600}) == 0);
}

TEST_CASE("a thread that was busy for less than three quarters of the interval costs nothing") {
  World w;
  auto dog = w.watchdog(seconds{120});
  dog.watch("store", w.store);
  dog.start();
  w.time.run_for(seconds{600});
  const auto before = w.last_fed;
  w.store.hang();
  w.time.run_for(seconds{89});
  w.store.go_on();
  w.time.run_for(seconds{31});
  CHECK(w.last_fed > before);
  CHECK(w.last_fed - before <= seconds{120});
  CHECK(w.fed_within(seconds{600}) == 20);
}

TEST_CASE("a thread that never began is not taken for alive") {
  World w;
  w.store.hang();
  auto dog = w.watchdog(seconds{120});
  dog.watch("store", w.store);
  dog.start();
  CHECK(w.fed == 1);  // the start itself
  CHECK(w.fed_within(seconds{600}) == 0);
}

TEST_CASE("where no one watches nothing runs") {
  World w;
  auto dog = w.watchdog(std::nullopt);
  dog.watch("store", w.store);
  dog.start();
  CHECK_FALSE(w.time.step(w.time.boot_now() + seconds{600}));
  CHECK(w.fed == 0);
}

TEST_CASE("beats that wait on their threads when the watchdog is gone do nothing") {
  World w;
  {
    auto dog = w.watchdog(seconds{120});
    dog.watch("store", w.store);
    dog.start();
  }
  CHECK(w.fed_within(seconds{600}) == 0);
}

TEST_CASE("a real thread that blocks is seen from core") {
  daemon::SystemClock clock{config::ClockTrust::rtc};
  boost::asio::io_context core_io{1};
  boost::asio::io_context worker_io{1};
  const auto work = boost::asio::make_work_guard(worker_io);
  daemon::AsioScheduler core{core_io, clock};
  daemon::AsioScheduler worker{worker_io, clock};
  int fed = 0;
  daemon::Watchdog dog(core, milliseconds{40}, [&fed] { ++fed; });
  dog.watch("worker", worker);
  dog.start();
  std::thread thread([&worker_io] { worker_io.run(); });
  core_io.run_for(milliseconds{400});
  const int alive = fed;
  CHECK(alive >= 3);  // ten in a quiet machine

  std::atomic<bool> blocks = true;
  std::atomic<bool> blocked = false;
  worker.post([&blocks, &blocked] {
    blocked = true;
    blocks.wait(true);
  });
  while (!blocked) core_io.run_for(milliseconds{1});
  core_io.run_for(milliseconds{50});
  const int before = fed;
  core_io.run_for(milliseconds{200});
  CHECK(fed == before);

  blocks = false;
  blocks.notify_all();
  worker_io.stop();
  thread.join();
}

}  // namespace
