#include "base/virtual_scheduler.hpp"
#include "pipeline/time_keeper.hpp"
#include "support/catch.hpp"
using namespace wayside;
TEST_CASE("boots are bounded, also those read from the store") {
  base::VirtualTime time(base::WallTime{});
  std::vector<ports::StateEntry> stored;
  for (int i = 0; i < 400; ++i) {
    base::ByteWriter w;
    w.i64(0);
    w.i64(i);
    w.i64(1);
    base::Bytes id(16, 7);
    id[0] = static_cast<std::uint8_t>(i);
    id[1] = static_cast<std::uint8_t>(i >> 8);
    stored.push_back({base::to_hex(base::ByteView(id)), w.take()});
  }
  pipeline::TimeKeeper keeper(time, "rtc", stored);
  REQUIRE(keeper.check());
  int known = 0;
  for (int i = 0; i < 400; ++i) {
    base::BootId id;
    id.fill(7);
    id[0] = static_cast<std::uint8_t>(i);
    id[1] = static_cast<std::uint8_t>(i >> 8);
    known += std::holds_alternative<wire::TimeAnchor>(keeper.base_for(id, {})) ? 1 : 0;
  }
  CHECK(known < 256);
}
