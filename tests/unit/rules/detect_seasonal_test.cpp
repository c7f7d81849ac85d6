#include <array>
#include <chrono>
#include <cmath>

#include "rules/detect/seasonal.hpp"
#include "support/catch.hpp"
#include "unit/rules/allocations.hpp"

using namespace wayside;                 // NOLINT(google-build-using-namespace)
using namespace wayside::rules::detect;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::int64_t kMonday = 4 * 86400;  // 1970-01-05 00:00

Instant at(std::int64_t second, bool frozen = false) {
  return {base::from_us(second * 1'000'000), kMonday + second, frozen};
}

std::optional<double> give(Seasonal& detector, std::int64_t second, double value, bool frozen = false) {
  const std::array<double, 1> values{value};
  return detector.step(at(second, frozen), values);
}

}  // namespace

TEST_CASE("an instant has its slot in the day, the kind of day, or the week") {
  SeasonalSettings s;
  CHECK(slots_of(s) == 96);
  CHECK(slot_at(s, kMonday) == 0);
  CHECK(slot_at(s, kMonday + 86399) == 95);
  CHECK(slot_at(s, -1) == 95);
  s.cycle = Cycle::day_kind;
  CHECK(slot_at(s, kMonday + 4 * 86400) == 0);
  CHECK(slot_at(s, kMonday + 5 * 86400) == 96);
  CHECK(slot_at(s, kMonday - 1) == 191);
  s.cycle = Cycle::week;
  s.slot_s = 3600;
  CHECK(slots_of(s) == 168);
  CHECK(slot_at(s, kMonday) == 0);
  CHECK(slot_at(s, kMonday - 1) == 167);
  CHECK(slot_at(s, 0) == 72);  // a Thursday
}

TEST_CASE("what is usual at an hour is unusual at another") {
  SeasonalSettings s;
  s.range_share = 0;
  Seasonal detector(s);
  for (std::int64_t t = 0; t < 20 * 86400; t += 900)
    give(detector, t, (t / 3600) % 24 >= 20 ? 100 + static_cast<double>(t / 900 % 7) : 0);
  const auto lit = give(detector, 20 * 86400 + 22 * 3600, 103);
  REQUIRE(lit);
  CHECK(*lit < 0.2);
  CHECK(*give(detector, 21 * 86400 + 12 * 3600, 103) > 0.9);
}
