#include "simulation/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/log.hpp"
#include "support/catch.hpp"

namespace {

using wayside::simulation::Setting;

Setting setting(std::uint64_t seed) {
  wayside::base::log::set_level(wayside::base::log::Level::off);
  const std::string folder = WAYSIDE_SOURCE_DIR "/tests/simulation/";
  Setting out;
  out.seed = seed;
  out.config_file = folder + "gateway.yaml";
  out.scene_file = folder + "scene.yaml";
  return out;
}

// Of days: seldom polled, so that one passes in seconds.
Setting days(std::uint64_t seed, double count) {
  auto out = setting(seed);
  out.hours = 24 * count;
  out.config_file = WAYSIDE_SOURCE_DIR "/tests/simulation/gateway-day.yaml";
  return out;
}

// How much is asked for: in the quick set, in ci, and in the long set.
int amount(int quick, int ci, int of_long) {
  const char* const set = std::getenv("WAYSIDE_TEST_SET");
  const std::string name = set == nullptr ? "" : set;
  return name == "long" ? of_long : name == "ci" ? ci : quick;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace

TEST_CASE("an hour of faults from any seed loses nothing that the store accepted", "[hours]") {
  std::uint64_t notices = 0;
  for (int seed = 1; seed <= amount(20, 300, 300); ++seed) {
    const auto verdict = wayside::simulation::run(setting(static_cast<std::uint64_t>(seed)));
    INFO("repeat with: wayside-sim run --seed " << seed << " --hours 1");
    INFO(verdict.problem << verdict.totals.first_defect);
    REQUIRE(verdict.ran);
    CHECK(verdict.totals.lost == 0);
    CHECK(verdict.totals.defects == 0);
    CHECK(verdict.totals.received > 100);
    notices += verdict.totals.notices;
  }
  CHECK(notices > 0);  // of alarms while the disk was full; each came as an event too, or went with a crash
}

TEST_CASE("under a tight cap a long outage evicts telemetry, and every number that never comes is told") {
  std::uint64_t evicted = 0;
  const int runs = amount(4, 30, 30);
  for (int seed = 1; seed <= runs; ++seed) {
    auto tight = setting(static_cast<std::uint64_t>(seed));
    tight.tight_store = true;
    const auto verdict = wayside::simulation::run(tight);
    INFO("seed " << seed << ": " << verdict.problem << verdict.totals.first_defect);
    REQUIRE(verdict.ran);
    CHECK(verdict.totals.lost == 0);
    CHECK(verdict.totals.defects == 0);
    CHECK(verdict.ledger_left == 0);
    evicted += verdict.totals.evicted;
  }
  WARN(evicted << " chunks evicted in " << runs << " runs");
  CHECK(evicted > 0);
}

TEST_CASE("the same seed gives the same run, another seed another one") {
  const auto first = wayside::simulation::run(setting(7));
  const auto second = wayside::simulation::run(setting(7));
  const auto other = wayside::simulation::run(setting(8));
  CHECK(first.digest == second.digest);
  CHECK(first.totals.received == second.totals.received);
  CHECK(first.digest != other.digest);
}

TEST_CASE("a disk that forgets what it said was synced is caught") {
  int caught = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto lying = setting(seed);
    lying.lying_disk = true;
    caught += wayside::simulation::run(lying).good() ? 0 : 1;
  }
  CHECK(caught >= 3);
}

TEST_CASE("a wall clock that is not set, wrong or stepped changes no number, no order and no schedule") {
  std::uint64_t steps = 0;
  for (int seed = 1; seed <= amount(4, 20, 40); ++seed) {
    auto right = setting(static_cast<std::uint64_t>(seed));
    right.calm = true;
    right.clock_faults = false;
    auto wrong = right;
    wrong.clock_faults = true;
    const auto with_right = wayside::simulation::run(right);
    const auto with_wrong = wayside::simulation::run(wrong);
    INFO("seed " << seed << " " << with_wrong.problem << with_wrong.totals.first_defect);
    REQUIRE(with_right.good());
    CHECK(with_wrong.good());
    // Bodies hold boot offsets: the same bodies under the same numbers are the same polls at the same instants.
    CHECK(with_wrong.content == with_right.content);
    steps += with_wrong.clock_steps;
  }
  CHECK(steps > 0);
}

TEST_CASE("weeks without a broker take no memory, and then everything is sent in its order") {
  const double length = amount(2, 4, 30);  // days
  auto first_day = days(1, 1);
  auto all = days(1, length);
  first_day.outage = all.outage = true;
  const auto early = wayside::simulation::run(first_day);
  const auto late = wayside::simulation::run(all);
  fmt::print(
      "outage of {} days: {} chunks waited in {} bytes of database; memory held {} bytes (after a day {}), {} "
      "while sending for {} s\n",
      length, late.waited, late.database_bytes, late.held_bytes, early.held_bytes, late.held_while_sending,
      late.sending.count());
  INFO(late.problem << late.totals.first_defect);
  REQUIRE(late.ran);
  CHECK(late.totals.lost == 0);
  CHECK(late.totals.defects == 0);
  CHECK(late.waited > early.waited * 9 / 10 * static_cast<std::uint64_t>(length));
  // After a day the caches are full: nothing that is held grows with the backlog.
  constexpr std::uint64_t kQuarter = 1 << 18;
  CHECK(late.held_bytes < early.held_bytes + kQuarter);
  CHECK(late.held_while_sending < early.held_bytes + 4 * kQuarter);
}

// Of the long set, in parts: WAYSIDE_SEEDS seeds from WAYSIDE_FIRST_SEED on.
TEST_CASE("a day of faults from any seed loses nothing that the store accepted", "[.days]") {
  const auto first = from_environment("WAYSIDE_FIRST_SEED", 1);
  const auto count = from_environment("WAYSIDE_SEEDS", 1);
  for (auto seed = first; seed < first + count; ++seed) {
    const auto verdict = wayside::simulation::run(days(seed, 1));
    INFO("repeat with: wayside-sim run --seed " << seed << " --hours 24 --config tests/simulation/gateway-day.yaml");
    INFO(verdict.problem << verdict.totals.first_defect);
    REQUIRE(verdict.ran);
    CHECK(verdict.totals.lost == 0);
    CHECK(verdict.totals.defects == 0);
    CHECK(verdict.totals.received > 1000);
  }
}
