#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "base/unique_function.hpp"
#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside::base;  // NOLINT(google-build-using-namespace): the room under test
using std::chrono::seconds;

std::string order_of(std::uint64_t seed) {
  SeededRandom random(seed);
  VirtualTime time(WallTime{}, &random);
  const auto a = time.make_scheduler();
  const auto b = time.make_scheduler();
  std::string order;
  for (int i = 0; i < 8; ++i) {
    a->post([&order] { order += 'a'; });
    b->post([&order] { order += 'b'; });
  }
  time.run_for(seconds{1});
  return order;
}

}  // namespace

TEST_CASE("tasks run at their time, and those of one time in the order posted") {
  VirtualTime time(WallTime{});
  const auto scheduler = time.make_scheduler();
  std::string order;
  scheduler->post_at(BootTime{seconds{2}}, [&order] { order += "c"; });
  scheduler->post_at(BootTime{seconds{1}}, [&order] { order += "a"; });
  scheduler->post_at(BootTime{seconds{1}}, [&order] { order += "b"; });
  time.run_until(BootTime{seconds{1}});
  CHECK(order == "ab");
  time.run_until(BootTime{seconds{5}});
  CHECK(order == "abc");
  CHECK(time.boot_now() == BootTime{seconds{5}});
}

TEST_CASE("a cancelled task does not run, and a scheduler takes its tasks with it") {
  VirtualTime time(WallTime{});
  auto scheduler = time.make_scheduler();
  int runs = 0;
  const auto id = scheduler->post_at(BootTime{seconds{1}}, [&runs] { ++runs; });
  scheduler->cancel(id);
  scheduler->cancel(TimerId{999});
  scheduler->post_at(BootTime{seconds{2}}, [&runs] { ++runs; });
  scheduler.reset();
  time.run_for(seconds{5});
  CHECK(runs == 0);
}

TEST_CASE("ties between schedulers are drawn from the seed, and the same each time") {
  CHECK(order_of(1) == order_of(1));
  CHECK((order_of(1) != order_of(2) || order_of(1) != order_of(3)));
}

TEST_CASE("a unique function holds what can only be moved, in place and on the heap") {
  auto held = std::make_unique<int>(7);
  UniqueFunction<int()> small([held = std::move(held)] { return *held; });
  UniqueFunction<int()> moved(std::move(small));
  CHECK(moved() == 7);
  CHECK_FALSE(static_cast<bool>(small));  // NOLINT(bugprone-use-after-move)
  std::array<int, 64> big{};
  big[63] = 9;
  UniqueFunction<int()> large([big] { return big[63]; });
  moved = std::move(large);
  CHECK(moved() == 9);
}

TEST_CASE("a reader gives back what a writer wrote, and stops at the end") {
  ByteWriter out;
  out.u8(200);
  out.u32(0xDEADBEEF);
  out.i64(-5);
  out.f64(2.5);
  out.text("leak");
  const auto bytes = out.take();
  ByteReader in(bytes);
  CHECK(in.u8() == 200);
  CHECK(in.u32() == 0xDEADBEEF);
  CHECK(in.i64() == -5);
  CHECK(in.f64() == 2.5);
  CHECK(in.text() == "leak");
  CHECK((in.ok() && in.at_end()));
  CHECK(in.u32() == 0);
  CHECK_FALSE(in.ok());
  const Bytes lying{255, 255, 255, 255, 1};
  ByteReader text(lying);
  CHECK(text.text().empty());
  CHECK_FALSE(text.ok());
}

TEST_CASE("crc32c is the same with the processor's instruction and without, at any length and place") {
  // RFC 3720, B.4
  CHECK(crc32c_by_table(as_bytes("123456789")) == 0xE3069283U);
  CHECK(crc32c_by_table(Bytes(32, 0)) == 0x8A9136AAU);
  CHECK(crc32c_by_table(Bytes(32, 0xFF)) == 0x62A8AB43U);
  CHECK(crc32c({}) == 0);
  SeededRandom random(1);
  Bytes bytes(600);
  for (auto& b : bytes) b = static_cast<std::uint8_t>(random.next());
  const ByteView all(bytes);
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t size = 0; size < 100; ++size) {
      REQUIRE(crc32c(all.subspan(start, size)) == crc32c_by_table(all.subspan(start, size)));
    }
    REQUIRE(crc32c(all.subspan(start)) == crc32c_by_table(all.subspan(start)));
  }
}

TEST_CASE("crc32c and hex are the known ones") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283U);
  CHECK(to_hex(Bytes{0x0F, 0xA0}) == "0fa0");
  CHECK(from_hex("0FA0") == Bytes{0x0F, 0xA0});
  CHECK_FALSE(from_hex("0f a"));
}
