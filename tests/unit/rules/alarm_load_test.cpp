#include "rules/alarm_load.hpp"
#include "rules/alarm_kpi.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

using Kind = LoadChange::Kind;

std::string name(int n) { return "g/r d-" + std::to_string(n); }

TEST_CASE("three raises within a minute are chatter, told once until it has been over for a while", "[rules][load]") {
  AlarmLoad load;
  CHECK(load.raised("a", at(0s)).empty());
  CHECK(load.raised("a", at(30s)).empty());
  CHECK(load.raised("a", at(60s)).empty());  // the first has just left the minute
  const auto began = load.raised("a", at(89s));
  REQUIRE(began.size() == 1);
  CHECK(began[0].kind == Kind::chatter_began);
  CHECK(began[0].alarm == "a");
  CHECK(began[0].raises == 3);
  CHECK(load.raised("a", at(91s)).size() == 0);
  CHECK(load.chattering() == std::vector<std::string>{"a"});
  CHECK(load.next_timer() == at(91s + 10min));
  CHECK(load.on_timer(at(91s + 10min - 1us)).empty());
  const auto ended = load.on_timer(at(91s + 10min));
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].kind == Kind::chatter_ended);
  CHECK(ended[0].lasted == 2s + 10min);
  CHECK_FALSE(load.next_timer());
}

TEST_CASE("raises of different alarms are no chatter", "[rules][load]") {
  AlarmLoad load;
  for (int n = 0; n < 10; ++n) CHECK(load.raised(name(n), at(1s * n)).empty());
}

TEST_CASE("a flood begins with the eleventh alarm in ten minutes and names the worst", "[rules][load]") {
  AlarmLoad load;
  std::vector<LoadChange> changes;
  for (int n = 0; n < 10; ++n) {
    changes = load.raised(n % 5 == 0 ? "pump" : name(n), at(50s * n));
    CHECK(changes.empty());
  }
  SECTION("not when the first has left") {
    CHECK(load.raised("x", at(600s)).empty());
    CHECK_FALSE(load.is_flood());
  }
  SECTION("within") {
    changes = load.raised("x", at(599s));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == Kind::flood_began);
    CHECK(changes[0].raises == 11);
    REQUIRE(changes[0].offenders.size() == AlarmLoad::kMostNamed);
    CHECK(changes[0].offenders[0] == Offender{"pump", 2});
    // Raises at 0 50 .. 450 and 599 s: four are left when that of 300 s has gone.
    CHECK(load.next_timer() == at(300s + 600s));
    CHECK(load.on_timer(at(899s)).empty());
    changes = load.on_timer(at(900s));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == Kind::flood_ended);
    CHECK(changes[0].raises == 11);
    CHECK(changes[0].lasted == 301s);
  }
}

TEST_CASE("a flood that goes on is one flood", "[rules][load]") {
  AlarmLoad load;
  int began = 0;
  int ended = 0;
  const auto count = [&](const std::vector<LoadChange>& changes) {
    for (const auto& change : changes) {
      began += change.kind == Kind::flood_began ? 1 : 0;
      ended += change.kind == Kind::flood_ended ? 1 : 0;
    }
  };
  for (int n = 0; n < 100; ++n) count(load.raised(name(n), at(55s * n)));
  CHECK(began == 1);
  CHECK(ended == 0);
  while (const auto timer = load.next_timer()) count(load.on_timer(*timer));
  CHECK(ended == 1);
  CHECK_FALSE(load.is_flood());
}

TEST_CASE("ten thousand alarms at once take no more than their bounds", "[rules][load]") {
  AlarmLoad load;
  std::size_t told = 0;
  for (int n = 0; n < 10000; ++n) {
    for (const auto& change : load.raised(name(n % 3000), at(1ms * n)))
      told += change.kind == Kind::flood_began ? 1U : 0U;
  }
  CHECK(told == 1);
  CHECK(load.recent() == AlarmLoad::kMostRaises);
  for (int n = 0; n < 1000; ++n) load.raised(name(n / 5), at(20s + 1ms * n));
  CHECK(load.chattering().size() == AlarmLoad::kMostChattering);
  CHECK(load.untold() > 0);
}

TEST_CASE("after a restart a flood and a chatter go on, and end when nothing comes", "[rules][load]") {
  AlarmLoad load;
  load.restore_flood(at(0s), at(100s));
  load.restore_chatter("a", at(50s), at(100s));
  CHECK(load.is_flood());
  CHECK(load.on_timer(at(699s)).empty());
  const auto ended = load.on_timer(at(700s));
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].lasted == 700s);
  CHECK(ended[1].lasted == 650s);
}

base::WallTime day(int n, std::chrono::microseconds t = 0s) {
  return base::WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1} + std::chrono::days{n} + t};
}

TEST_CASE("a day of alarms is counted under its date", "[rules][kpi]") {
  AlarmKpi kpi;
  kpi.day(day(0, 1h)).day.raises += 2;
  kpi.day(day(0, 23h)).day.raises += 1;
  kpi.day(day(1)).day.raises += 5;
  CHECK(kpi.day(day(1)).key == "2026-11-02");
  const auto days = kpi.days();
  REQUIRE(days.size() == 2);
  CHECK(days[0].first == "2026-11-01");
  CHECK(days[0].second.raises == 3);
  CHECK(days[1].second.raises == 5);
}

TEST_CASE("thirty days are kept, the oldest goes and is told", "[rules][kpi]") {
  AlarmKpi kpi;
  for (int n = 0; n < 31; ++n) kpi.day(day(n)).day.raises = 1;
  CHECK(kpi.days().size() == AlarmKpi::kMostDays);
  CHECK(kpi.take_removed() == std::vector<std::string>{"2026-11-01"});
  CHECK(kpi.take_removed().empty());
  CHECK(kpi.day(day(0)).key == "2026-11-02");  // a clock that went back
  CHECK(kpi.days().size() == AlarmKpi::kMostDays);
}

TEST_CASE("what came before the clock was trusted joins the first dated day", "[rules][kpi]") {
  AlarmKpi kpi;
  auto undated = kpi.day(std::nullopt);
  CHECK(undated.key == AlarmKpi::kUndated);
  undated.day.raises = 4;
  undated.day.count("a", 4);
  undated.day.peak = 4;
  auto dated = kpi.day(day(3));
  CHECK(dated.day.raises == 4);
  CHECK(dated.day.peak == 4);
  CHECK(dated.day.top == std::vector<AlarmDay::Top>{{"a", 4, 0}});
  CHECK(kpi.take_removed() == std::vector<std::string>{AlarmKpi::kUndated});
}

TEST_CASE("the top offenders are found among many, and a count is too high by no more than told", "[rules][kpi]") {
  AlarmDay one;
  std::map<std::string, std::uint64_t> truth;
  const auto raise = [&](const std::string& alarm) {
    one.count(alarm);
    ++truth[alarm];
  };
  for (int n = 0; n < 3000; ++n) {
    raise(name(n % 200));
    if (n % 3 == 0) raise("pump");
    if (n % 5 == 0) raise("lamp");
  }
  REQUIRE(one.top.size() == AlarmDay::kMostTop);
  CHECK(one.top[0].alarm == "pump");
  CHECK(one.top[1].alarm == "lamp");
  for (const auto& top : one.top) {
    CHECK(top.raises >= truth[top.alarm]);
    CHECK(top.raises - top.over <= truth[top.alarm]);
  }
}

TEST_CASE("a day comes back whole, and damaged bytes give none", "[rules][kpi]") {
  AlarmDay one;
  one.raises = 7;
  one.by_severity = {1, 2, 3, 1};
  one.peak = 5;
  one.floods = 1;
  one.in_flood = 90s;
  one.stale = 2;
  one.chattering = 1;
  one.hidden = 9;
  one.count("a", 3);
  one.count("b", 4, 1);
  auto bytes = AlarmKpi::encode(one);
  const auto back = AlarmKpi::decode(bytes);
  REQUIRE(back.has_value());
  CHECK(*back == one);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK_FALSE(AlarmKpi::decode(base::ByteView(bytes).first(cut)).has_value());
  }
  bytes.push_back(0);
  CHECK_FALSE(AlarmKpi::decode(bytes).has_value());
  AlarmKpi kpi;
  CHECK(kpi.restore("2026-11-25", one));
  CHECK(kpi.restore(AlarmKpi::kUndated, one));
  CHECK_FALSE(kpi.restore("2026-11-2x", one));
  CHECK_FALSE(kpi.restore("", one));
  CHECK(kpi.top(1) == std::vector<AlarmDay::Top>{{"b", 8, 2}});
}

}  // namespace
}  // namespace wayside::rules::test
