#include "pipeline/byte_budget.hpp"

#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using pipeline::ByteBudget;
using std::chrono::hours;
using std::chrono::seconds;
using wire::Lane;

// The boot is at 2026-11-30 12:00 on the site's wall.
class Calendar final : public rules::SiteTime {
 public:
  std::optional<rules::SiteDate> at(base::BootTime instant) const override {
    if (!known) return std::nullopt;
    const auto s = base::to_us(instant) / 1'000'000 + 1'796'040'000;
    return rules::SiteDate{s, s};
  }
  bool known = true;
};

base::BootTime after(std::chrono::microseconds span) { return base::BootTime{span}; }

constexpr std::size_t kMessage = 1000 - ByteBudget::kAroundMessage;  // counts as 1,000 bytes

void send(ByteBudget& budget, int messages, base::BootTime now) {
  for (int i = 0; i < messages; ++i) budget.sent(kMessage, now);
}

}  // namespace

TEST_CASE("as a day's budget is used up the backfill is held back first, then live telemetry, alarms never") {
  const Calendar calendar;
  ByteBudget budget({10'000, 0}, calendar, std::nullopt, after(seconds{0}));
  send(budget, 6, after(seconds{1}));
  CHECK(budget.may_send(Lane::backfill));
  send(budget, 1, after(seconds{1}));
  CHECK_FALSE(budget.may_send(Lane::backfill));
  CHECK(budget.may_send(Lane::live));
  CHECK_FALSE(budget.held().by_month);
  send(budget, 2, after(seconds{1}));
  CHECK_FALSE(budget.may_send(Lane::live));
  send(budget, 5, after(seconds{1}));
  CHECK(budget.may_send(Lane::alarm));
  CHECK(budget.day().bytes == 14'000);
}

TEST_CASE("midnight on the site's wall begins a day, the first a month") {
  const Calendar calendar;
  ByteBudget budget({10'000, 12'000}, calendar, std::nullopt, after(seconds{0}));
  send(budget, 9, after(seconds{1}));
  CHECK_FALSE(budget.turn(after(hours{11})));
  CHECK(budget.held().live);
  // 2026-12-01.
  CHECK(budget.turn(after(hours{12})));
  CHECK(budget.may_send(Lane::backfill));
  CHECK(budget.month().bytes == 0);
  send(budget, 9, after(hours{13}));
  CHECK(budget.turn(after(hours{36})));  // 2026-12-02: the month goes on
  CHECK(budget.may_send(Lane::live));
  CHECK_FALSE(budget.may_send(Lane::backfill));
  CHECK(budget.held().by_month);
  CHECK(budget.month().bytes == 9'000);
}

TEST_CASE("what was carried is known after a restart") {
  const Calendar calendar;
  ByteBudget budget({10'000, 0}, calendar, std::nullopt, after(seconds{0}));
  CHECK_FALSE(budget.take_changed());
  send(budget, 8, after(seconds{1}));
  const auto stored = budget.take_changed();
  REQUIRE(stored);
  ByteBudget again({10'000, 0}, calendar, stored, after(seconds{2}));
  CHECK(again.day().bytes == 8'000);
  CHECK_FALSE(again.may_send(Lane::backfill));
  // On another day, and with a value that is none of ours, it begins anew.
  CHECK(ByteBudget({10'000, 0}, calendar, stored, after(hours{12})).day().bytes == 0);
  CHECK(ByteBudget({10'000, 0}, calendar, base::Bytes{1, 2, 3}, after(seconds{2})).day().bytes == 0);
}

TEST_CASE("without a date a day is 24 hours of running, and what was counted is the first date's") {
  Calendar calendar;
  calendar.known = false;
  ByteBudget budget({10'000, 0}, calendar, std::nullopt, after(seconds{0}));
  send(budget, 9, after(seconds{1}));
  CHECK_FALSE(budget.turn(after(hours{23})));
  SECTION("none comes") {
    CHECK(budget.turn(after(hours{24})));
    CHECK(budget.day().bytes == 0);
  }
  SECTION("one comes") {
    calendar.known = true;
    CHECK_FALSE(budget.turn(after(hours{23} + seconds{1})));
    CHECK(budget.day().bytes == 9'000);
    CHECK(budget.turn(after(hours{36})));
  }
}

TEST_CASE("a stored day goes on while there is no date yet") {
  Calendar calendar;
  ByteBudget budget({10'000, 0}, calendar, std::nullopt, after(seconds{0}));
  send(budget, 9, after(seconds{1}));
  const auto stored = budget.take_changed();
  calendar.known = false;
  ByteBudget again({10'000, 0}, calendar, stored, after(seconds{5}));
  CHECK(again.day().bytes == 9'000);
  CHECK_FALSE(again.may_send(Lane::live));
}

TEST_CASE("keep-alives are counted by the time the link is up") {
  const Calendar calendar;
  ByteBudget budget({0, 0}, calendar, std::nullopt, after(seconds{0}));
  for (int i = 0; i < 3600; ++i) budget.connected_for(seconds{1}, seconds{15}, after(seconds{i}));
  CHECK(budget.day().bytes == 3600 / 15 * ByteBudget::kOfKeepAlive);
  CHECK_FALSE(budget.is_limited());
  CHECK(budget.may_send(Lane::backfill));
}
