// Which anchor dates an offset, and what is left where there is none.
#include "base/virtual_scheduler.hpp"
#include "pipeline/time_keeper.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::seconds;

constexpr base::WallTime kNoon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + hours{12}};

base::BootTime offset_of(const wire::TimeBase& time) { return std::get<wire::TimeAnchor>(time).offset; }

}  // namespace

TEST_CASE("an offset is dated by the nearest anchor of its boot") {
  base::VirtualTime time(kNoon);
  pipeline::TimeKeeper keeper(time, "ntp", {});
  REQUIRE(keeper.check());  // at 0
  time.run_for(seconds{1000});
  time.step_wall(seconds{5});
  REQUIRE(keeper.check());  // at 1000 s, five seconds later by the wall
  const auto at = [](int s) { return base::BootTime{seconds{s}}; };
  CHECK(offset_of(keeper.base_for(time.boot_id(), at(499))) == at(0));
  CHECK(offset_of(keeper.base_for(time.boot_id(), at(501))) == at(1000));
  CHECK(offset_of(keeper.base_for(time.boot_id(), at(9999))) == at(1000));
  CHECK(keeper.wall_of(at(499)) == kNoon + seconds{499});
  CHECK(keeper.wall_of(at(501)) == kNoon + seconds{506});
}

TEST_CASE("the first anchor stays, however often the clock is stepped") {
  base::VirtualTime time(kNoon);
  pipeline::TimeKeeper keeper(time, "ntp", {});
  REQUIRE(keeper.check());
  for (int i = 0; i < 100; ++i) {
    time.run_for(seconds{100});
    time.step_wall(seconds{1});
    REQUIRE(keeper.check());
  }
  CHECK(offset_of(keeper.base_for(time.boot_id(), base::BootTime{})) == base::BootTime{});
  CHECK(offset_of(keeper.base_for(time.boot_id(), time.boot_now())) == time.boot_now());
}

TEST_CASE("while the clock was never trusted the running boot has no bounds, and nothing is made up") {
  base::VirtualTime time(kNoon);
  time.set_trusted(false);
  pipeline::TimeKeeper keeper(time, "ntp", {});
  CHECK_FALSE(keeper.check());
  const auto base = keeper.base_for(time.boot_id(), base::BootTime{});
  REQUIRE(std::holds_alternative<wire::TimeBounds>(base));
  CHECK_FALSE(std::get<wire::TimeBounds>(base).not_before);
  CHECK_FALSE(std::get<wire::TimeBounds>(base).not_after);
}

TEST_CASE("an earlier boot without an anchor ended before the running one began") {
  base::VirtualTime time(kNoon);
  time.run_for(seconds{100});
  pipeline::TimeKeeper keeper(time, "ntp", {});
  REQUIRE(keeper.check());
  base::BootId earlier{};
  earlier.fill(9);
  const auto base = keeper.base_for(earlier, base::BootTime{});
  REQUIRE(std::holds_alternative<wire::TimeBounds>(base));
  CHECK(std::get<wire::TimeBounds>(base).not_after == kNoon);
}

TEST_CASE("an anchor says what it was made of, and is stored under its boot") {
  base::VirtualTime time(kNoon);
  time.run_for(seconds{3});
  pipeline::TimeKeeper keeper(time, "rtc", {});
  const auto taken = keeper.check();
  REQUIRE(taken);
  CHECK(taken->anchor.source == "rtc");
  CHECK(taken->anchor.offset == time.boot_now());
  CHECK(taken->anchor.wall == time.wall_now());
  CHECK(taken->anchor.uncertainty == time.wall_uncertainty());
  CHECK(taken->changes.back().space == pipeline::TimeKeeper::kSpace);
  CHECK(taken->changes.back().key == base::to_hex(base::ByteView(time.boot_id())));
}
