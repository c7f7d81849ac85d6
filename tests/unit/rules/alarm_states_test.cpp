#include "rules/alarm_desk.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

using model::AlarmState;
using model::AlarmVerb;
using Cause = model::TransitionCause;

constexpr Observation kTrue{true, false, false};
constexpr Observation kFalse{false, true, false};
constexpr Observation kUnknown{};
constexpr Observation kTrueUnderParent{true, false, true};
constexpr Observation kFalseUnderParent{false, true, true};

// One alarm with its card, driven by hand.
struct One {
  explicit One(const LifeTiming& t) : timing(t) {}

  // All that happens at an instant, as "cause:shown", separated by blanks.
  std::string see(std::chrono::microseconds t, const Observation& seen) {
    std::string out;
    while (const auto cause = desk.step(0, life, timing, seen, at(t))) {
      out += (out.empty() ? "" : " ") + std::string(model::to_string(*cause)) + ":" +
             std::string(model::to_string(life.shown()));
    }
    return out;
  }
  std::string ask(AlarmVerb verb, std::chrono::microseconds t, std::chrono::microseconds span = 1h,
                  const std::string& reason = "cleaning", const std::string& by = "li") {
    const auto done = desk.carry_out({verb, "g/r d", by, reason, span}, 0, life, timing, at(t));
    return done ? std::string(model::to_string(life.shown())) : done.error().what;
  }
  std::optional<base::BootTime> deadline() const { return desk.deadline(0, life, timing); }

  LifeTiming timing;
  AlarmLife life;
  AlarmDesk desk;
};

LifeTiming seen_by_someone() {
  LifeTiming timing;
  timing.acknowledge = true;
  return timing;
}
LifeTiming latched() {
  LifeTiming timing;
  timing.latch = true;
  return timing;
}

TEST_CASE("an alarm that need not be seen goes back by itself, acknowledged or not", "[rules][life]") {
  One one({});
  CHECK(one.see(1s, kTrue) == "condition:raised");
  CHECK(one.see(2s, kFalse) == "cleared:normal");
  CHECK(one.see(3s, kTrue) == "condition:raised");
  CHECK(one.ask(AlarmVerb::acknowledge, 4s) == "acknowledged");
  CHECK(one.see(5s, kTrue).empty());
  CHECK(one.see(6s, kFalse) == "cleared:normal");
}

TEST_CASE("an alarm that must be seen waits for it, in either order", "[rules][life]") {
  One one(seen_by_someone());
  one.see(1s, kTrue);
  CHECK(one.see(2s, kFalse) == "cleared:returned");
  CHECK(one.see(3s, kUnknown).empty());
  CHECK(one.see(4s, kTrue) == "condition:raised");
  CHECK(one.see(5s, kFalse) == "cleared:returned");
  CHECK(one.ask(AlarmVerb::acknowledge, 6s) == "normal");
  one.see(7s, kTrue);
  CHECK(one.ask(AlarmVerb::acknowledge, 8s) == "acknowledged");
  CHECK(one.see(9s, kFalse) == "cleared:normal");
}

TEST_CASE("a latched alarm goes back only after it was seen and reset", "[rules][life]") {
  One one(latched());
  one.see(1s, kTrue);
  CHECK(one.ask(AlarmVerb::reset, 2s) == "its condition still holds: it can be reset when that is over");
  CHECK(one.see(3s, kFalse) == "cleared:returned");
  CHECK(one.ask(AlarmVerb::reset, 4s) == "acknowledge it first");
  CHECK(one.ask(AlarmVerb::acknowledge, 5s) == "latched");
  CHECK(one.ask(AlarmVerb::acknowledge, 6s) == "it is acknowledged already");
  CHECK(one.ask(AlarmVerb::reset, 7s) == "normal");
  CHECK(one.ask(AlarmVerb::reset, 8s) == "it is not latched");
  one.see(9s, kTrue);
  one.ask(AlarmVerb::acknowledge, 10s);
  CHECK(one.see(11s, kFalse) == "cleared:latched");
  CHECK(one.see(12s, kTrue) == "condition:raised");
}

TEST_CASE("nothing is to be acknowledged in a normal alarm", "[rules][life]") {
  One one({});
  CHECK(one.ask(AlarmVerb::acknowledge, 1s) == "it is normal: there is nothing to acknowledge");
  CHECK(one.desk.size() == 0);
}

TEST_CASE("a shelved alarm lives on out of sight and comes out by itself", "[rules][life]") {
  One one({});
  one.see(1s, kTrue);
  CHECK(one.ask(AlarmVerb::shelve, 10s, 10min) == "shelved");
  CHECK(one.deadline() == at(10s + 10min));
  CHECK(one.see(20s, kFalse) == "cleared:shelved");
  CHECK(one.see(30s, kTrue) == "condition:shelved");
  CHECK(one.life.live() == AlarmState::raised);
  CHECK(one.see(10s + 10min - 1us, kTrue).empty());
  CHECK(one.see(10s + 10min, kUnknown) == "shelf_expired:raised");
  CHECK_FALSE(one.deadline());
}

TEST_CASE("a shelf has an end, a reason and a person", "[rules][life]") {
  One one({});
  CHECK(one.ask(AlarmVerb::shelve, 1s, 59s).find("1 minute to 7 days") != std::string::npos);
  CHECK(one.ask(AlarmVerb::shelve, 1s, 7 * 24h + 1us).find("1 minute to 7 days") != std::string::npos);
  CHECK(one.ask(AlarmVerb::shelve, 1s, 1h, " \t ").find("reason") != std::string::npos);
  CHECK(one.ask(AlarmVerb::shelve, 1s, 1h, "cleaning", "").find("who you are") != std::string::npos);
  CHECK(one.life.shown() == AlarmState::normal);
  CHECK(one.ask(AlarmVerb::unshelve, 1s) == "it is not shelved");
  CHECK(one.ask(AlarmVerb::shelve, 1s, 7 * 24h) == "shelved");
  CHECK(one.ask(AlarmVerb::shelve, 2s, 1h) == "shelved");  // the newer one holds
  CHECK(one.deadline() == at(2s + 1h));
  CHECK(one.ask(AlarmVerb::unshelve, 3s) == "normal");
  CHECK_FALSE(one.deadline());
}

TEST_CASE("out of service lasts until someone takes it back, and is shown before a shelf", "[rules][life]") {
  One one({});
  CHECK(one.ask(AlarmVerb::put_in_service, 1s) == "it is in service");
  CHECK(one.ask(AlarmVerb::take_out_of_service, 1s, 0s, "") == "it needs a reason: others will ask why it is hidden");
  CHECK(one.ask(AlarmVerb::take_out_of_service, 1s) == "out of service");
  CHECK(one.ask(AlarmVerb::take_out_of_service, 1s) == "it is out of service already");
  CHECK(one.ask(AlarmVerb::shelve, 2s, 1min) == "out of service");
  CHECK(one.see(3s, kTrue) == "condition:out of service");
  CHECK(one.see(2s + 1min, kTrue) == "shelf_expired:out of service");
  CHECK(one.see(10 * 24h, kTrue).empty());
  CHECK(one.ask(AlarmVerb::put_in_service, 11 * 24h) == "raised");
}

TEST_CASE("a parent hides its children, and not those that are normal", "[rules][life]") {
  One one({});
  CHECK(one.see(1s, kFalseUnderParent).empty());
  CHECK(one.life.shown() == AlarmState::normal);
  CHECK(one.see(2s, kTrueUnderParent) == "condition:suppressed");
  CHECK(one.see(3s, kFalseUnderParent) == "cleared:normal");
  CHECK(one.see(4s, kTrueUnderParent) == "condition:suppressed");
  CHECK(one.see(5s, kTrue) == "unsuppressed:raised");
  CHECK(one.see(6s, kTrueUnderParent) == "suppressed:suppressed");
}

TEST_CASE("children stay hidden a while after their parent, so that recovery is no flood", "[rules][life]") {
  LifeTiming timing;
  timing.release_after = 60s;
  One one(timing);
  CHECK(one.see(1s, kTrueUnderParent) == "condition:suppressed");
  CHECK(one.see(10s, kTrue).empty());
  CHECK(one.deadline() == at(70s));
  SECTION("one that recovers too is never told") {
    CHECK(one.see(40s, kFalse) == "cleared:normal");
    CHECK(one.see(70s, kFalse).empty());
    CHECK_FALSE(one.deadline());
    CHECK(one.see(71s, kTrue) == "condition:raised");
  }
  SECTION("one that does not is told then") { CHECK(one.see(70s, kTrue) == "unsuppressed:raised"); }
  SECTION("the parent again: it begins anew") {
    CHECK(one.see(65s, kTrueUnderParent).empty());
    CHECK(one.see(80s, kTrue).empty());
    CHECK(one.see(139s, kTrue).empty());
    CHECK(one.see(140s, kTrue) == "unsuppressed:raised");
  }
}

TEST_CASE("an alarm nobody acknowledges is escalated once", "[rules][life]") {
  auto timing = seen_by_someone();
  timing.escalate_after = 600s;
  One one(timing);
  one.see(10s, kTrue);
  CHECK(one.deadline() == at(610s));
  SECTION("while it is active") {
    CHECK(one.see(610s, kUnknown) == "escalated:raised");
    CHECK(one.see(1210s, kTrue).empty());
    CHECK(one.ask(AlarmVerb::acknowledge, 1300s) == "acknowledged");
    CHECK_FALSE(one.life.is_escalated());
  }
  SECTION("and when it has gone away unseen") {
    CHECK(one.see(20s, kFalse) == "cleared:returned");
    CHECK(one.see(610s, kFalse) == "escalated:returned");
  }
  SECTION("coming and going does not put it off") {
    one.see(300s, kFalse);
    CHECK(one.see(500s, kTrue) == "condition:raised");
    CHECK(one.see(610s, kTrue) == "escalated:raised");
  }
  SECTION("not when someone has seen it, or when it is hidden") {
    one.ask(AlarmVerb::shelve, 20s, 2h);
    CHECK(one.see(1h, kTrue).empty());
    CHECK(one.ask(AlarmVerb::unshelve, 2h) == "raised");
    CHECK(one.deadline() == at(2h + 600s));
    one.ask(AlarmVerb::acknowledge, 2h + 1s);
    CHECK(one.see(9h, kTrue).empty());
  }
}

TEST_CASE("an alarm that stays is told again, and has to be acknowledged again", "[rules][life]") {
  LifeTiming timing;
  timing.realarm_after = 1h;
  One one(timing);
  one.see(0s, kTrue);
  CHECK(one.see(1h, kTrue) == "re_alarm:raised");
  CHECK(one.see(90min, kTrue).empty());
  CHECK(one.see(5h + 1s, kTrue) == "re_alarm:raised");  // once, however long nobody asked
  CHECK(one.deadline() == at(6h));
  one.ask(AlarmVerb::acknowledge, 5h + 30min);
  CHECK(one.see(6h, kTrue).empty());
  CHECK(one.see(6h + 30min, kUnknown) == "re_alarm:raised");
  CHECK(one.see(6h + 31min, kFalse) == "cleared:normal");
  CHECK_FALSE(one.deadline());
}

TEST_CASE("an alarm active for a day is stale", "[rules][life]") {
  LifeTiming timing;
  timing.stale_after = 24h;
  One one(timing);
  one.see(0s, kTrue);
  one.ask(AlarmVerb::acknowledge, 1h);
  CHECK(one.see(24h - 1us, kTrue).empty());
  CHECK(one.see(24h, kTrue) == "stale:acknowledged");
  CHECK(one.see(25h, kTrue).empty());
  CHECK(one.life.is_stale());
  one.see(26h, kFalse);
  CHECK_FALSE(one.life.is_stale());
}

TEST_CASE("a transition names who did it and why; the gateway's own name no one", "[rules][life]") {
  One one({});
  one.see(1s, kTrue);
  model::AlarmTransition made;
  made.at = at(2s);
  made.summary = "level 4 m\nat pump-3";
  one.ask(AlarmVerb::shelve, 2s, 1h, "pump \n is being cleaned", "  li\x01 wei ");
  one.desk.count(0, one.life, AlarmState::raised, Cause::shelved, made);
  CHECK(made.count == 1);
  CHECK(made.to == AlarmState::shelved);
  CHECK(made.live == AlarmState::raised);
  CHECK(made.by == "li wei");
  CHECK(made.reason == "pump   is being cleaned");
  CHECK(made.hidden_until == at(2s + 1h));
  CHECK(made.summary == "level 4 m at pump-3");
  model::AlarmTransition next;
  one.desk.count(0, one.life, AlarmState::shelved, Cause::cleared, next);
  CHECK(next.count == 2);
  CHECK(next.by.empty());
  CHECK(one.desk.find(0)->action->by == "li wei");
}

TEST_CASE("a reason in any script is cut at a character", "[rules][life]") {
  One one({});
  std::string reason;
  while (reason.size() < 1000) reason += "检";
  one.ask(AlarmVerb::shelve, 1s, 1h, reason);
  const auto& kept = one.desk.find(0)->action->reason;
  CHECK(kept.size() == 240);
  CHECK(kept.size() % 3 == 0);
}

TEST_CASE("a shelf only ever gets shorter by a better clock", "[rules][life]") {
  One one({});
  one.ask(AlarmVerb::shelve, 0s, 2h);
  one.desk.shorten_shelf(0, at(3h));
  CHECK(one.deadline() == at(2h));
  one.desk.shorten_shelf(0, at(1h));
  CHECK(one.deadline() == at(1h));
  one.desk.shorten_shelf(7, at(1h));
  CHECK(one.desk.size() == 1);
}

TEST_CASE("a hundred thousand alarms at rest have no card", "[rules][life]") {
  AlarmDesk desk;
  AlarmLife life;
  for (std::uint32_t i = 0; i < 100000; ++i) {
    REQUIRE_FALSE(desk.step(i, life, {}, kFalse, at(1s)));
  }
  CHECK(desk.size() == 0);
  CHECK(sizeof(AlarmLife) <= 32);
}

}  // namespace
}  // namespace wayside::rules::test
