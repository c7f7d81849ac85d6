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

TEST_CASE("the score of the first samples is the one worked out by hand") {
  // Two samples at 10 and one at 14 in one slot, `around` 0 so that only they count, no smoothing.
  SeasonalSettings s;
  s.around = 0;
  s.smooth = 0;
  s.around_samples = 0;
  s.width = 1;
  s.spread_share = 1;
  s.range_share = 0;
  s.inner = 0.682689492;  // one standard deviation
  Seasonal detector(s);
  CHECK_FALSE(give(detector, 0, 10));
  CHECK_FALSE(give(detector, 86400, 10));
  CHECK_FALSE(give(detector, 2 * 86400, 14));
  // Median 10; within 4 of it is the 68 % that 2 of 3 do not reach: spread 4. Width 4 * (3/30)^-0.15 = 5.650.
  // Kernels at 20: (1 + (10/5.650)^2/16)^-8 = 0.2391, twice, and (1 + (6/5.650)^2/16)^-8 = 0.5808.
  // Likelihood (2 * 0.2391 + 0.5808) / 3 = 0.3530; score 1.0413 / 10.
  const auto score = give(detector, 3 * 86400, 20);
  REQUIRE(score);
  CHECK(*score == Approx(0.10413).margin(0.0005));
}

TEST_CASE("two channels are judged together: each usual alone, the pair is not") {
  Seasonal detector(traffic_settings());
  const auto pair = [&](std::int64_t t, double x, double y) {
    const std::array<double, 2> values{x, y};
    return detector.step(at(t), values);
  };
  for (std::int64_t t = 0; t < 30 * 86400; t += 900) {
    const auto volume = 500 + static_cast<double>((t / 900 * 37) % 101) * 10;
    pair(t, volume, volume / 60);
  }
  const auto usual = pair(30 * 86400, 600, 10);
  const auto jam = pair(30 * 86400 + 900, 600, 24);
  REQUIRE(usual);
  REQUIRE(jam);
  CHECK(*usual < 0.25);
  CHECK(*jam > 0.35);
}

TEST_CASE("k of m: two unusual samples in a row are not told, four of six are, and it ends with the first usual one") {
  Seasonal detector(power_settings());
  std::int64_t t = 0;
  for (; t < 10 * 86400; t += 300) give(detector, t, 3000 + static_cast<double>(t / 300 % 5) * 10);
  std::vector<double> scores;
  for (const double value : {2700.0, 2700.0, 3010.0, 2700.0, 2700.0, 3020.0, 2700.0})
    scores.push_back(*give(detector, t += 300, value));
  CHECK(scores[1] < 0.21);
  CHECK(scores[3] < 0.21);
  CHECK(scores[4] > 0.21);
  CHECK(scores[5] < 0.15);
  CHECK(scores[6] > 0.21);
}

TEST_CASE("a frozen baseline judges and learns nothing") {
  Seasonal detector{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 5 * 86400; t += 900) give(detector, t, 20 + static_cast<double>(t / 900 % 3));
  const auto before = saved(detector);
  const auto first = give(detector, 5 * 86400, 60, true);
  for (std::int64_t d = 5; d < 60; ++d) give(detector, d * 86400 + 900, 60, true);
  CHECK(saved(detector) == before);
  CHECK(give(detector, 60 * 86400, 60, true) == first);
}

TEST_CASE("faults of a tenth of the days do not widen what is usual") {
  Seasonal detector(power_settings());
  std::int64_t day = 0;
  for (; day < 30; ++day)
    for (std::int64_t t = 0; t < 86400; t += 300)
      give(detector, day * 86400 + t, day % 15 == 7 ? 0 : 3000 + static_cast<double>((t / 300 + day) % 5) * 10);
  std::int64_t t = day * 86400;
  double score = 0;
  for (int i = 0; i < 6; ++i) score = *give(detector, t += 300, 2800);
  CHECK(score > 0.21);
}

TEST_CASE("without local time nothing is said or learned") {
  Seasonal detector{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 5 * 86400; t += 900) give(detector, t, 20);
  const auto before = saved(detector);
  const std::array<double, 1> values{50};
  CHECK_FALSE(detector.step({base::from_us(6 * 86400'000'000LL), std::nullopt, false}, values));
  CHECK(saved(detector) == before);
  CHECK(give(detector, 7 * 86400, 20));
}

TEST_CASE("a step of the local clock stops the learning for an hour, and then it goes on") {
  for (const std::int64_t jump : {86400LL, -86400LL, 3600LL, -3600LL, 5400LL}) {
    Seasonal detector{SeasonalSettings{}};
    std::int64_t t = 0;
    for (; t < 8 * 86400; t += 900) give(detector, t, t / 3600 % 24 < 12 ? 10 : 90);
    const auto before = saved(detector);
    const std::array<double, 1> values{10};
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto score =
          detector.step({base::from_us((t + i * 900) * 1'000'000), kMonday + t + jump + i * 900, false}, values);
      REQUIRE(score);
      CHECK(std::isfinite(*score));
    }
    CHECK(saved(detector) == before);
    detector.step({base::from_us((t + 3600) * 1'000'000), kMonday + t + jump + 3600, false}, values);
    CHECK(saved(detector) != before);
  }
}

TEST_CASE("summer time moves the profile by an hour, not what is known") {
  Seasonal detector{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 20 * 86400; t += 900) give(detector, t, t / 3600 % 24 < 12 ? 10 : 90);
  const std::array<double, 1> values{10};
  const auto boot = base::from_us(20 * 86400'000'000LL);
  CHECK(*detector.step({boot, kMonday + 20 * 86400 + 3600, false}, values) < 0.1);
  CHECK(*detector.step({boot + std::chrono::hours{17}, kMonday + 20 * 86400 + 18 * 3600, false}, values) > 0.5);
}

TEST_CASE("a gap of weeks changes nothing") {
  Seasonal detector{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 10 * 86400; t += 900) give(detector, t, 20 + static_cast<double>(t / 900 % 5));
  CHECK(*give(detector, 60 * 86400, 22) < 0.1);
  CHECK(*give(detector, 60 * 86400 + 900, 60) > 0.5);
}

TEST_CASE("a fast series does not drown the days before in one visit of a slot") {
  Seasonal slow{SeasonalSettings{}};
  Seasonal fast{SeasonalSettings{}};
  for (std::int64_t t = 0; t < 5 * 86400; t += 900) {
    give(slow, t, 20 + static_cast<double>(t / 900 % 5));
    give(fast, t, 20 + static_cast<double>(t / 900 % 5));
  }
  for (std::int64_t t = 0; t < 900; ++t) {
    if (t % 270 == 0) give(slow, 5 * 86400 + t, 60);  // three tenths of a slot
    give(fast, 5 * 86400 + t, 60);
  }
  CHECK(saved(fast) == saved(slow));
}

TEST_CASE("a series that never moved and then does is told, with finite numbers") {
  for (const double level : {0.0, 1e-9, 230.0, -40.0, 1e12}) {
    Seasonal detector{SeasonalSettings{}};
    for (std::int64_t t = 0; t < 10 * 86400; t += 900) {
      const auto score = give(detector, t, level);
      if (score) CHECK(*score == Approx(0).margin(1e-6));
    }
    const auto moved = give(detector, 10 * 86400, level + std::max(std::fabs(level), 1.0));
    REQUIRE(moved);
    CHECK(*moved == 1);
  }
}

TEST_CASE("no finite value makes anything that is not, and a single wild one spoils nothing") {
  Seasonal detector(traffic_settings());
  const std::array<double, 8> wild{1e308, -1e308, 0, 1e-308, 5e300, -1, 1e19, 3};
  std::int64_t t = 0;
  for (; t < 20 * 86400; t += 900) {
    const std::array<double, 2> values{wild.at(static_cast<std::size_t>(t / 900) % 8),
                                       wild.at(static_cast<std::size_t>(t / 1800) % 8)};
    const auto score = detector.step(at(t), values);
    if (!score) continue;
    CHECK((std::isfinite(*score) && *score >= 0 && *score <= 1));
  }
  Seasonal calm{SeasonalSettings{}};
  for (t = 0; t < 20 * 86400; t += 900) give(calm, t, t == 9000 ? 1e30 : 20 + static_cast<double>(t / 900 % 5));
  CHECK(*give(calm, t, 22) < 0.1);
  CHECK(*give(calm, t + 900, 60) > 0.5);
}

TEST_CASE("a range that was zero at first is found within the first day") {
  Seasonal detector(power_settings());
  std::int64_t t = 0;
  for (; t < 8 * 86400; t += 300) give(detector, t, t / 3600 % 24 < 12 ? 0 : 4000 + static_cast<double>(t / 300 % 3));
  CHECK(*give(detector, t + 18 * 3600, 4001) < 0.1);
}

TEST_CASE("what was learned comes back; what is damaged or of another make does not") {
  Seasonal detector(traffic_settings());
  const auto feed = [](Seasonal& d, std::int64_t t) {
    const std::array<double, 2> values{static_cast<double>(t / 900 * 37 % 101), static_cast<double>(t / 900 * 53 % 97)};
    return d.step(at(t), values);
  };
  for (std::int64_t t = 0; t < 30 * 86400; t += 900) feed(detector, t);
  const auto bytes = saved(detector);
  CHECK(bytes.size() <= 8192);
  CHECK(detector.bytes() <= 8192);
  Seasonal again(traffic_settings());
  base::ByteReader in(bytes);
  REQUIRE(again.load(in));
  CHECK(saved(again) == bytes);
  for (std::int64_t t = 30 * 86400; t < 31 * 86400; t += 900) CHECK(feed(again, t) == feed(detector, t));
  for (std::size_t i = 0; i < bytes.size(); i += 31) {
    auto damaged = bytes;
    damaged[i] ^= 0x04U;
    damaged.resize(i % 2 == 0 ? bytes.size() : i);
    base::ByteReader reader(damaged);
    Seasonal other(traffic_settings());
    CHECK_FALSE(other.load(reader));
    CHECK(saved(other) == saved(Seasonal(traffic_settings())));
  }
  auto settings = traffic_settings();
  settings.slot_s = 1800;
  Seasonal other(settings);
  base::ByteReader reader(bytes);
  CHECK_FALSE(other.load(reader));
}

TEST_CASE("the ready settings are valid, within 8 KiB, and a step takes nothing from the heap") {
  for (const auto& s : {traffic_settings(), power_settings(), voltage_settings(), SeasonalSettings{}}) {
    REQUIRE(valid(s));
    Seasonal detector(s);
    CHECK(detector.bytes() <= 8192);
    const std::array<double, 2> values{100, 20};
    const std::span<const double> given(values.data(), s.channels);
    for (std::int64_t t = 0; t < 5 * 86400; t += 900) detector.step(at(t), given);
    const auto before = rules::test::allocations();
    for (std::int64_t t = 5 * 86400; t < 40 * 86400; t += 900) detector.step(at(t), given);
    CHECK(rules::test::allocations() == before);
    CHECK(saved(detector).size() <= 8192);
  }
  auto s = SeasonalSettings{};
  s.slot_s = 7000;
  CHECK_FALSE(valid(s));
  s.slot_s = 60;
  CHECK_FALSE(valid(s));
}
