#include <array>
#include <cmath>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/unique_function.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside::base;  // NOLINT(google-build-using-namespace): the room under test
using std::chrono::seconds;

}  // namespace

TEST_CASE("a task never runs inside the call that posted it, nor before the clock has reached it") {
  VirtualTime time(WallTime{});
  const auto scheduler = time.make_scheduler();
  std::string order;
  scheduler->post([&order, &s = *scheduler] {
    s.post([&order] { order += 'b'; });
    order += 'a';
  });
  CHECK(order.empty());
  scheduler->post_at(BootTime{seconds{3}}, [&order] { order += 'c'; });
  time.run_until(BootTime{seconds{2}});
  CHECK(order == "ab");
}

TEST_CASE("a task for a time that has passed runs at once, and the clock does not go back") {
  VirtualTime time(WallTime{});
  const auto scheduler = time.make_scheduler();
  time.run_until(BootTime{seconds{10}});
  BootTime ran{};
  scheduler->post_at(BootTime{seconds{1}}, [&ran, &time] { ran = time.boot_now(); });
  CHECK(time.step(BootTime{seconds{10}}));
  CHECK(ran == BootTime{seconds{10}});
  CHECK_FALSE(time.step(BootTime{seconds{12}}));
  CHECK(time.boot_now() == BootTime{seconds{12}});
}

TEST_CASE("a task may cancel another of the same instant, and a past id is ignored") {
  VirtualTime time(WallTime{});
  const auto scheduler = time.make_scheduler();
  bool ran = false;
  TimerId second = TimerId::none;
  const auto first = scheduler->post_at(BootTime{seconds{1}}, [&second, &s = *scheduler] { s.cancel(second); });
  second = scheduler->post_at(BootTime{seconds{1}}, [&ran] { ran = true; });
  time.run_for(seconds{2});
  CHECK_FALSE(ran);
  scheduler->cancel(first);
  scheduler->cancel(TimerId::none);
}

TEST_CASE("one scheduler keeps the order posted, whatever the seed draws between schedulers") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    VirtualTime time(WallTime{}, &random);
    const auto scheduler = time.make_scheduler();
    const auto other = time.make_scheduler();
    std::string order;
    for (char c = 'a'; c <= 'h'; ++c) {
      scheduler->post([&order, c] { order += c; });
      other->post([] {});
    }
    time.run_for(seconds{1});
    CHECK(order == "abcdefgh");
  }
}

TEST_CASE("the wall clock runs along with boot time and can be stepped") {
  VirtualTime time(WallTime{seconds{1000}});
  time.run_for(seconds{5});
  CHECK(time.wall_now() == WallTime{seconds{1005}});
  time.step_wall(seconds{-100});
  CHECK(time.wall_now() == WallTime{seconds{905}});
  CHECK(time.boot_now() == BootTime{seconds{5}});
}

TEST_CASE("a unique function destroys what it holds exactly once, in place and on the heap") {
  const auto held = std::make_shared<int>(1);
  {
    UniqueFunction<void()> small([held] {});
    UniqueFunction<void()> large([held, pad = std::array<std::uint64_t, 16>{}] { static_cast<void>(pad); });
    CHECK(held.use_count() == 3);
    UniqueFunction<void()> moved(std::move(small));
    CHECK(held.use_count() == 3);
    moved = std::move(large);  // what it held goes
    CHECK(held.use_count() == 2);
    moved = nullptr;
    CHECK(held.use_count() == 1);
    CHECK_FALSE(static_cast<bool>(moved));
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a unique function passes on what can only be moved, in and out") {
  UniqueFunction<std::unique_ptr<int>(std::unique_ptr<int>)> twice([](std::unique_ptr<int> in) {
    *in *= 2;
    return in;
  });
  CHECK(*twice(std::make_unique<int>(21)) == 42);
}

TEST_CASE("whatever is cut off a written value, the reader says so and gives zero from there on") {
  ByteWriter out;
  out.f64(2.5);
  out.text("leak");
  const auto bytes = out.take();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader in(ByteView(bytes).first(cut));
    const double number = in.f64();
    CHECK(number == (cut < 8 ? 0.0 : 2.5));
    CHECK(in.text().empty());
    CHECK_FALSE(in.ok());
    CHECK(in.u8() == 0);
  }
}

TEST_CASE("hex of a number has sixteen digits; odd lengths and other letters are no hex") {
  CHECK(to_hex(std::uint64_t{0xABC}) == "0000000000000abc");
  CHECK_FALSE(from_hex("abc"));
  CHECK_FALSE(from_hex("0g"));
  CHECK(from_hex("") == Bytes{});
}
