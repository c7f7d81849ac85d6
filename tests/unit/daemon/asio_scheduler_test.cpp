#include "daemon/asio_scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "daemon/system_clock.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;

struct World {
  daemon::SystemClock clock{config::ClockTrust::rtc};
  boost::asio::io_context io{1};
  daemon::AsioScheduler home{io, clock};
  std::vector<int> ran;
  auto note(int what) {
    return [this, what] { ran.push_back(what); };
  }
};

TEST_CASE("what is posted runs in the order posted, and never inside the call that posted it") {
  World w;
  w.home.post([&w] {
    w.home.post(w.note(2));
    w.home.post(w.note(3));
    w.ran.push_back(1);
  });
  CHECK(w.ran.empty());
  w.io.run();
  CHECK(w.ran == std::vector{1, 2, 3});
}

TEST_CASE("timers run in the order of their times, those of one time in the order given") {
  World w;
  const auto start = w.home.now();
  w.home.post_at(start + milliseconds{20}, w.note(3));
  w.home.post_at(start + milliseconds{5}, w.note(1));
  w.home.post_at(start + milliseconds{5}, w.note(2));
  w.io.run();
  CHECK(w.ran == std::vector{1, 2, 3});
  CHECK(w.home.now() >= start + milliseconds{20});
}

TEST_CASE("a time that has passed runs at once, but not inline") {
  World w;
  w.home.post([&w] {
    w.home.post_at(w.home.now() - milliseconds{50}, w.note(2));
    w.ran.push_back(1);
  });
  w.io.run();
  CHECK(w.ran == std::vector{1, 2});
}

TEST_CASE("after cancel on the home thread a timer does not run, even one that is due") {
  World w;
  base::TimerId second{};
  w.home.post([&w, &second] {
    const auto due = w.home.now();
    w.home.post_at(due, [&w, &second] {
      w.ran.push_back(1);
      w.home.cancel(second);
    });
    second = w.home.post_at(due, w.note(2));
    w.home.post_at(due + milliseconds{5}, w.note(3));
  });
  w.io.run();
  CHECK(w.ran == std::vector{1, 3});
  w.home.cancel(second);  // known no more: ignored
  w.home.cancel(base::TimerId::none);
}

TEST_CASE("an earlier timer that comes later is not kept waiting") {
  World w;
  const auto start = w.home.now();
  w.home.post([&w, start] {
    w.home.post_at(start + milliseconds{300}, w.note(2));
    w.home.post_at(start + milliseconds{5}, [&w, start] {
      w.ran.push_back(1);
      CHECK(w.home.now() < start + milliseconds{200});
    });
  });
  w.io.run();
  CHECK(w.ran == std::vector{1, 2});
}

TEST_CASE("stopping keeps what has not run for the next run") {
  World w;
  w.home.post(w.note(1));
  w.home.post([&w] { w.io.stop(); });
  w.home.post(w.note(2));
  w.io.run();
  CHECK(w.ran == std::vector{1});
  w.home.post(w.note(3));
  w.io.restart();
  w.io.run();
  CHECK(w.ran == std::vector{1, 2, 3});
}

TEST_CASE("posts from many threads all run, each thread's in its order") {
  World w;
  constexpr int kEach = 2000;
  std::vector<std::thread> threads;
  std::vector<int> last(4, -1);
  int ran = 0;
  auto work = boost::asio::make_work_guard(w.io);
  for (std::size_t t = 0; t < last.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        w.home.post([&, t, i] {
          if (last[t] == i - 1) last[t] = i;
          if (++ran == 4 * kEach) work.reset();
        });
      }
    });
  }
  w.io.run();
  for (auto& thread : threads) thread.join();
  CHECK(last == std::vector<int>(4, kEach - 1));
}

}  // namespace
