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

TEST_CASE("a higher class goes first, within a class the earlier deadline") {
  pipeline::PollSchedule schedule;
  const auto slow = schedule.add(milliseconds{1000}, pipeline::BusClass::normal);
  const auto fast = schedule.add(milliseconds{100}, pipeline::BusClass::normal);
  const auto alarm = schedule.add(milliseconds{5000}, pipeline::BusClass::alarm);
  schedule.start(base::BootTime{});
  for (const auto slot : {slow, fast, alarm}) schedule.wake(slot, base::BootTime{});
  const base::BootTime now{milliseconds{50}};
  CHECK(schedule.take_due(now) == alarm);
  CHECK(schedule.take_due(now) == fast);
  CHECK(schedule.take_due(now) == slow);
}

TEST_CASE("what is over two periods late can be asked for, whatever its class") {
  pipeline::PollSchedule schedule;
  const auto slow = schedule.add(milliseconds{100}, pipeline::BusClass::slow);
  schedule.start(base::BootTime{});
  CHECK_FALSE(schedule.peek_late(base::BootTime{milliseconds{200}}));
  const auto late = schedule.peek_late(base::BootTime{milliseconds{201}});
  REQUIRE(late);
  CHECK(late->slot == slow);
}

TEST_CASE("a long period does not make the first turn wait, nor do the groups of a device meet") {
  pipeline::PollSchedule schedule;
  const auto second = schedule.add(milliseconds{1000});
  const auto minute = schedule.add(milliseconds{60'000});
  const auto day = schedule.add(std::chrono::hours{24});
  schedule.start(base::BootTime{});
  std::vector<base::BootTime> turns[3];
  for (base::BootTime now{}; now < base::BootTime{std::chrono::minutes{10}}; now += milliseconds{1}) {
    while (const auto slot = schedule.take_due(now)) turns[*slot].push_back(now);
  }
  CHECK(turns[second].size() == 600);
  CHECK(turns[minute].size() >= 10);
  REQUIRE(turns[day].size() >= 1);
  CHECK(turns[day].front() < base::BootTime{milliseconds{10'000}});
  for (const auto at : turns[minute]) CHECK(std::ranges::find(turns[second], at) == turns[second].end());
}

TEST_CASE("1,000 slots of one second are a millisecond apart") {
  pipeline::PollSchedule schedule;
  for (int i = 0; i < 1000; ++i) schedule.add(milliseconds{1000});
  schedule.start(base::BootTime{});
  for (int ms = 0; ms < 5000; ++ms) {
    const base::BootTime now{milliseconds{ms}};
    REQUIRE(schedule.take_due(now));
    REQUIRE_FALSE(schedule.take_due(now));
  }
  CHECK(schedule.missed() == 0);
}
