#include "simulation/simulation.hpp"

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
  return {seed, 1.0, folder + "gateway.yaml", folder + "scene.yaml", false, false};
}

int seeds() {
  const char* set = std::getenv("WAYSIDE_TEST_SET");
  return set != nullptr && std::string(set) == "ci" ? 300 : 20;
}

}  // namespace

TEST_CASE("an hour of faults from any seed loses nothing that the store accepted") {
  std::uint64_t notices = 0;
  for (int seed = 1; seed <= seeds(); ++seed) {
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
  const int runs = std::max(4, seeds() / 10);
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
