#include <array>
#include <chrono>
#include <cmath>
#include <vector>

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
  for (const auto& slot : left.slots) CHECK(slot.cells.size() <= BaselineSummary::kCells);
  const auto bytes = left.encode();
  const auto back = BaselineSummary::decode(bytes);
  REQUIRE(back);
  CHECK(*back == left);
  for (std::size_t i = 0; i < bytes.size(); i += 13) {
    CHECK_FALSE(BaselineSummary::decode(base::ByteView(bytes).first(i)));
  }
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
  REQUIRE(detector.start_from(prior));
  CHECK_FALSE(detector.start_from(prior));
  std::int64_t t = 0;
  for (; t < 2 * 86400; t += 900) give(detector, t, value(t, 50));
  REQUIRE(give(detector, t, value(t, 50)));
  CHECK(*give(detector, t + 43200, value(t + 43200, 50)) < 0.2);
  CHECK(*give(detector, t + 50000, value(t + 50000, 50) + 5000) > 0.35);
  const auto bytes = saved(detector);
  Seasonal again{SeasonalSettings{}};
  base::ByteReader in(bytes);
  CHECK(again.load(in));
  Seasonal late{SeasonalSettings{}};
  give(late, 0, 1);
  CHECK_FALSE(late.start_from(prior));
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
