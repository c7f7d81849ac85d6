#include <array>
#include <chrono>
#include <cmath>
#include <vector>

#include "rules/detect/seasonal.hpp"
#include "rules/evaluator.hpp"
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

model::BaselineSummary fleet_of_another_shape() {
  Seasonal fleet{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 10 * 86400; t += 900) give(fleet, t, static_cast<double>(t / 86400 * 7 % 10));
  return fleet.summary();
}

base::Bytes saved(const Seasonal& detector) {
  base::ByteWriter out;
  detector.save(out);
  return out.take();
}

}  // namespace

TEST_CASE("summaries add up in any order, are bounded, and carry no level") {
  const auto learned = [](double scale, double offset, int seed) {
    Seasonal detector{SeasonalSettings{}};
    for (std::int64_t t = 0; t < 40 * 86400; t += 900) {
      const auto day = static_cast<double>(t / 900 % 96);
      give(detector, t, offset + scale * (day + static_cast<double>((t / 900 * seed + t / 86400 * 13) % 29)));
    }
    return detector.summary();
  };
  const auto a = learned(1, 0, 37);
  const auto b = learned(3, 100, 53);
  const auto c = learned(7, -5, 41);
  auto left = a;
  REQUIRE(left.merge(b));
  REQUIRE(left.merge(c));
  auto right = c;
  REQUIRE(right.merge(b));
  auto nested = b;
  REQUIRE(nested.merge(c));
  auto other = a;
  REQUIRE(other.merge(nested));
  REQUIRE(right.merge(a));
  CHECK(left == right);
  CHECK(left == other);
  CHECK(left.gateways == 3);
  CHECK(left.points == 3);
  for (const auto& slot : left.slots) CHECK(slot.cells.size() <= model::BaselineSummary::kCells);
  auto week = SeasonalSettings{};
  week.cycle = Cycle::week;
  week.slot_s = 3600;
  CHECK_FALSE(left.merge(Seasonal(week).summary()));
  CHECK(left == right);
}

TEST_CASE("a baseline that starts from others judges on the third day as they would") {
  const auto value = [](std::int64_t t, double scale) {
    return scale * (static_cast<double>(t / 3600 % 24) * 10 + static_cast<double>((t / 900 * 37 + t / 86400 * 11) % 9));
  };
  Seasonal fleet{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 40 * 86400; t += 900) give(fleet, t, value(t, 1));
  const auto prior = fleet.summary();
  Seasonal detector{SeasonalSettings{}};
  REQUIRE(detector.start_from(fleet_of_another_shape()));
  REQUIRE(detector.start_from(prior));  // the newer one counts
  std::int64_t t = 0;
  for (; t < 2 * 86400; t += 900) give(detector, t, value(t, 50));
  CHECK_FALSE(detector.start_from(prior));
  REQUIRE(give(detector, t, value(t, 50)));
  CHECK(*give(detector, t + 43200, value(t + 43200, 50)) < 0.2);
  CHECK(*give(detector, t + 50000, value(t + 50000, 50) + 5000) > 0.35);
  const auto bytes = saved(detector);
  Seasonal again{SeasonalSettings{}};
  base::ByteReader in(bytes);
  CHECK(again.load(in));
  Seasonal late{SeasonalSettings{}};
  for (t = 0; t < 2 * 86400; t += 900) give(late, t, value(t, 1));
  const auto before = saved(late);
  CHECK_FALSE(late.start_from(prior));
  CHECK(saved(late) == before);
  Seasonal pair(traffic_settings());
  CHECK_FALSE(pair.start_from(prior));
}

TEST_CASE("a restart while a prior waits for its place begins the waiting again") {
  Seasonal fleet{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 20 * 86400; t += 900)
    give(fleet, t, static_cast<double>(t / 900 % 96 + t / 900 * 37 % 9));
  Seasonal detector{SeasonalSettings{}};
  REQUIRE(detector.start_from(fleet.summary()));
  std::int64_t t = 0;
  for (; t < 86400; t += 900) give(detector, t, static_cast<double>(t / 900 % 96));
  const auto bytes = saved(detector);
  Seasonal again{SeasonalSettings{}};
  base::ByteReader in(bytes);
  REQUIRE(again.load(in));
  for (; t < 86400 + 143 * 900; t += 900) CHECK_FALSE(give(again, t, static_cast<double>(t / 900 % 96)));
  give(again, t, static_cast<double>(t / 900 % 96));
  CHECK(give(again, t + 900, 50));
}

TEST_CASE("what little was learned before the prior came counts as the first samples of the matching") {
  const auto value = [](std::int64_t t, double scale) {
    return scale *
           (90 + static_cast<double>(t / 3600 % 24) * 10 + static_cast<double>((t / 900 * 37 + t / 86400 * 11) % 9));
  };
  Seasonal fleet{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 40 * 86400; t += 900) give(fleet, t, value(t, 1));
  Seasonal detector{SeasonalSettings{}};
  std::int64_t t = 0;
  for (; t < 86400; t += 900) give(detector, t, value(t, 50));
  REQUIRE(detector.start_from(fleet.summary()));
  for (; t < 36 * 3600; t += 900) CHECK_FALSE(give(detector, t, value(t, 50)));
  for (; t < 2 * 86400; t += 900) REQUIRE(give(detector, t, value(t, 50)));
  CHECK(*give(detector, t + 43200, value(t + 43200, 50)) < 0.2);
  CHECK(*give(detector, t + 50000, value(t + 50000, 50) + 5000) > 0.35);
}

TEST_CASE("functions that share say what they are about, without an id") {
  model::PointTable points;
  const auto add = [&points](const std::string& device, const std::string& name, const std::string& metric) {
    model::PointInfo info;
    info.device = model::DeviceId{device};
    info.name = name;
    info.metric = metric;
    info.labels = {{"device", device}, {"family", "counter"}, {"lane", name.substr(0, 6)}};
    info.profile = "counter-4";
    info.period = std::chrono::seconds{60};
    return points.add(std::move(info));
  };
  for (const std::string lane : {"lane-1", "lane-2"}) {
    add("junction", lane + ".volume", "volume");
    add("junction", lane + ".density", "density");
  }
  std::vector<model::RuleSpec> specs(2);
  specs[0].group = specs[1].group = "g";
  specs[0].name = "odd";
  specs[0].expr.text = "seasonal_score(\"traffic\", volume,  density) > 0.35";
  specs[1].name = "flat";
  specs[1].expr.text = "robust_z(volume, 100) > 9";
  const auto compiled = rules::Evaluator::compile(specs, points);
  REQUIRE(compiled.problems.empty());
  auto& evaluator = *compiled.evaluator;
  CHECK(evaluator.baseline_count() == 4);
  const auto places = evaluator.sharing_places();
  REQUIRE(places.size() == 2);
  CHECK(places[0].kind == places[1].kind);
  CHECK(places[0].points != places[1].points);
  const model::BaselineKind kind{
      "seasonal_score(\"traffic\", volume, density)", "counter", "counter-4", {"volume", "density"}};
  CHECK(places[0].kind == kind);
  CHECK(evaluator.share(0).gateways == 0);
  Seasonal fleet(traffic_settings());
  for (std::int64_t t = 0; t < 20 * 86400; t += 900) {
    const std::array<double, 2> values{static_cast<double>(t / 900 % 17), static_cast<double>(t / 900 % 5)};
    fleet.step(at(t), values);
  }
  CHECK(evaluator.start_from(0, fleet.summary()));
  CHECK_FALSE(evaluator.start_from(1, Seasonal(SeasonalSettings{}).summary()));
}
