#include "pipeline/poll_schedule.hpp"

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;

TEST_CASE("turns keep their phase: a late answer does not shift the next one") {
  pipeline::PollSchedule schedule;
  schedule.add(milliseconds{100});
  schedule.start(base::BootTime{});
  for (int turn = 0; turn < 10; ++turn) {
    const base::BootTime late{milliseconds{100 * turn + 30}};
    REQUIRE(schedule.take_due(late));
    CHECK(schedule.next_due() == base::BootTime{milliseconds{100 * (turn + 1)}});
  }
  CHECK(schedule.missed() == 0);
}

TEST_CASE("after a stall the missed turns are counted, not made up") {
  pipeline::PollSchedule schedule;
  schedule.add(milliseconds{100});
  schedule.start(base::BootTime{});
  const base::BootTime late{milliseconds{1050}};
  REQUIRE(schedule.take_due(late));
  CHECK_FALSE(schedule.take_due(late));
  CHECK(schedule.missed() == 10);
  CHECK(schedule.next_due() == base::BootTime{milliseconds{1100}});
}

TEST_CASE("equal periods are spread over the period") {
  pipeline::PollSchedule schedule;
  for (int i = 0; i < 4; ++i) schedule.add(milliseconds{1000});
  schedule.start(base::BootTime{});
  int due = 0;
  while (schedule.take_due(base::BootTime{milliseconds{499}})) ++due;
  CHECK(due == 2);
}

TEST_CASE("a slot put off keeps its phase") {
  pipeline::PollSchedule schedule;
  const auto slot = schedule.add(milliseconds{100});
  schedule.start(base::BootTime{});
  schedule.defer(slot, base::BootTime{milliseconds{1234}});
  CHECK(schedule.next_due() == base::BootTime{milliseconds{1300}});
}
