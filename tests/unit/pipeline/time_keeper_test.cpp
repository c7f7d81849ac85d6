#include "pipeline/time_keeper.hpp"

#include "base/virtual_scheduler.hpp"
#include "support/catch.hpp"

namespace {
using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr base::WallTime kNoon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + hours{12}};
}  // namespace

TEST_CASE("an anchor is taken at first trust, after a step and daily, and not otherwise") {
  base::VirtualTime time(kNoon);
  time.set_trusted(false);
  pipeline::TimeKeeper keeper(time, "system", {});
  time.run_for(seconds{60});
  CHECK_FALSE(keeper.check());
  CHECK_FALSE(keeper.wall_of(time.boot_now()));
  time.set_trusted(true);
  CHECK(keeper.check());
  time.run_for(hours{1});
  CHECK_FALSE(keeper.check());
  time.step_wall(milliseconds{50});
  CHECK_FALSE(keeper.check());
  time.step_wall(seconds{-3600});
  CHECK(keeper.check());
  time.run_for(hours{25});
  CHECK(keeper.check());
}

TEST_CASE("what was measured before the clock was set gets its date from the first anchor") {
  base::VirtualTime time(kNoon);
  time.run_for(seconds{100});
  pipeline::TimeKeeper keeper(time, "system", {});
  REQUIRE(keeper.check());
  CHECK(keeper.wall_of(base::BootTime{seconds{10}}) == kNoon + seconds{10});
}

TEST_CASE("anchors of an earlier boot come back from the store; a boot without one has bounds") {
  base::VirtualTime time(kNoon);
  base::BootId first{};
  first.fill(1);
  pipeline::TimeKeeper before(time, "rtc", {});
  const auto taken = before.check();
  REQUIRE(taken);
  base::BootId second{};
  second.fill(2);
  time.set_boot_id(second);
  pipeline::TimeKeeper after(time, "rtc", {{taken->changes[0].key, *taken->changes[0].value}, {"zz", base::Bytes{1}}});
  REQUIRE(after.check());
  CHECK(std::holds_alternative<wire::TimeAnchor>(after.base_for(first, base::BootTime{})));
  base::BootId unknown{};
  unknown.fill(9);
  const auto base = after.base_for(unknown, base::BootTime{});
  REQUIRE(std::holds_alternative<wire::TimeBounds>(base));
  CHECK(std::get<wire::TimeBounds>(base).not_after.has_value());
}
