// Steps of a light plan by the clock and by the sun.
#include "pipeline/light_plan.hpp"

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using From = model::PlanStep::From;

namespace {

constexpr std::int64_t kEquinox = 20532LL * 86400;  // 2026-03-20 00:00 UTC
constexpr std::int64_t kMidsummer = 20625LL * 86400;
constexpr std::int64_t kChina = 8 * 3600;
constexpr model::Position kShanghai{31.23, 121.47};

const std::vector<model::PlanStep> kPlan{
    {From::sunset, 15, "100"}, {From::clock, 23 * 60, "50"}, {From::clock, 5 * 60, "80"}, {From::sunrise, 0, "0"}};

// The value at a local time in Shanghai.
std::string at(std::int64_t day, int hour, int minute, std::optional<model::Position> where = kShanghai) {
  const std::int64_t local = day + hour * 3600 + minute * 60;
  return pipeline::step_in_force(kPlan, {local - kChina, local}, where).value;
}

}  // namespace

TEST_CASE("a light plan follows the clock") {
  CHECK(at(kEquinox, 22, 59) == "100");
  CHECK(at(kEquinox, 23, 0) == "50");
  CHECK(at(kEquinox + 86400, 0, 30) == "50");
  CHECK(at(kEquinox, 4, 59) == "50");
  CHECK(at(kEquinox, 5, 0) == "80");
}

// Sunrise 05:59, sunset 18:06 on that day by the NOAA solar calculator.
TEST_CASE("a light plan follows the sun") {
  CHECK(at(kEquinox, 5, 57) == "80");
  CHECK(at(kEquinox, 6, 1) == "0");
  CHECK(at(kEquinox, 18, 19) == "0");
  CHECK(at(kEquinox, 18, 23) == "100");
}

TEST_CASE("where the sun does not set, the steps of the sun are left out") {
  constexpr model::Position kTromso{69.65, 18.96};
  const std::vector<model::PlanStep> plan{{From::clock, 6 * 60, "0"}, {From::sunset, 0, "100"}};
  for (int hour = 0; hour < 24; ++hour) {
    const auto now = kMidsummer + hour * 3600;
    CHECK(pipeline::step_in_force(plan, {now, now + 7200}, kTromso).value == "0");
  }
}
