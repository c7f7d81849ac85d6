#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

#include "detect_series.hpp"
#include "rules/detect/anomaly_likelihood.hpp"
#include "unit/rules/allocations.hpp"

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace wayside::rules::test;  // NOLINT(google-build-using-namespace)
using rules::detect::AnomalyLikelihood;
using rules::detect::likelihood::ExtremeTail;

namespace {

// Feeds a series of one value per five minutes.
struct Feed {
  AnomalyLikelihood detector;
  std::int64_t at_s = 1000;
  bool local = true;

  std::optional<double> step(double value, bool frozen = false) {
    at_s += 300;
    const auto hands = local ? std::optional<std::int64_t>{at_s + 7 * kHour} : std::nullopt;
    return detector.step(instant(at_s, hands, frozen), std::array{value});
  }
};

double daily(std::int64_t i) {
  const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / 288.0;
  return 50.0 + 20.0 * std::sin(angle) + noise(static_cast<std::uint64_t>(i));
}

base::Bytes saved(const AnomalyLikelihood& detector) {
  base::ByteWriter out;
  detector.save(out);
  return out.take();
}

bool load(AnomalyLikelihood& detector, base::ByteView bytes) {
  base::ByteReader in(bytes);
  return detector.load(in);
}

}  // namespace

TEST_CASE("a score comes when a tail is known, stays within 0 and 1, and is low for what is usual") {
  for (const bool local : {true, false}) {
    Feed feed;
    feed.local = local;
    int alarms = 0;
    for (std::int64_t i = 0; i < 20 * 288; ++i) {
      const auto score = feed.step(daily(i));
      if (i < 12 + 60) CHECK_FALSE(score.has_value());
      if (i > 2 * 288) REQUIRE(score.has_value());
      if (!score) continue;
      REQUIRE(*score >= 0.0);
      REQUIRE(*score <= 1.0);
      alarms += *score >= AnomalyLikelihood::kThreshold ? 1 : 0;
    }
    CHECK(alarms <= 5);
    const auto spike = feed.step(200.0);
    CHECK(*spike > 2.0 * AnomalyLikelihood::kThreshold);
    CHECK(*feed.step(200.0) < AnomalyLikelihood::kThreshold);  // told once
  }
}

TEST_CASE(
    "before a day is known a value is judged by the mean of the last ones, and the score is a tenth of its surprise") {
  Feed feed;
  ExtremeTail tail;
  std::array<double, 91> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = i == 90 ? 4.0 : std::round(1024.0 * noise(i)) / 1024.0;  // the sums are exact
    const auto score = feed.step(values[i]);
    if (i < 12) continue;
    const double mean =
        std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), 0.0) / static_cast<double>(i);
    const double residual = std::fabs(values[i] - mean);
    if (i == 90) CHECK(*score == Approx(tail.surprise(residual) / 10.0));
    if (i == 90) CHECK(*score >= AnomalyLikelihood::kThreshold);
    tail.learn(residual);
  }
}

TEST_CASE("a value that is common, at an hour where it is not, is an alarm") {
  Feed feed;
  for (std::int64_t i = 0; i < 14 * 288 + 72; ++i) feed.step(daily(i));
  CHECK(*feed.step(30.0) >= AnomalyLikelihood::kThreshold);  // the trough's value at the crest
}

TEST_CASE("a step of the mean within the noise of single values is found") {
  Feed feed;
  for (std::uint64_t i = 0; i < 3000; ++i) feed.step(10.0 * noise(i));
  bool found = false;
  for (std::uint64_t i = 3000; i < 3100; ++i) {
    found = found || *feed.step(10.0 * noise(i) + 4.0) >= AnomalyLikelihood::kThreshold;  // within -1 to 9
  }
  CHECK(found);
}

TEST_CASE("a long constant stretch gives no alarm, the first movement after it does") {
  Feed feed;
  for (int i = 0; i < 20'000; ++i) CHECK(feed.step(0.0).value_or(0.0) == 0.0);
  CHECK(*feed.step(1e-3) == 1.0);
}

TEST_CASE("sparse equal spikes on zero become usual") {
  Feed feed;
  int late = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool spike = noise(static_cast<std::uint64_t>(i)) > 0.49;
    const double score = feed.step(spike ? 5.0 : 0.0).value_or(0.0);
    if (i > 10'000 && score >= AnomalyLikelihood::kThreshold) ++late;
  }
  CHECK(late <= 12);  // of 100
  CHECK(*feed.step(500.0) >= AnomalyLikelihood::kThreshold);
}

TEST_CASE("gaps of days and repeated stamps do not poison what is known") {
  Feed feed;
  std::int64_t i = 0;
  for (; i < 10 * 288; ++i) feed.step(daily(i));
  feed.at_s += 3 * kDay;
  int alarms = 0;
  for (; i < 12 * 288; ++i) {
    if (i % 100 == 0) feed.at_s -= 300;  // the same stamp again
    const auto score = feed.step(daily((feed.at_s - 1300) / 300));
    alarms += *score >= AnomalyLikelihood::kThreshold ? 1 : 0;
  }
  CHECK(alarms <= 4);
}

TEST_CASE("giants, tiny and alternating values never give anything but a number in range") {
  Feed feed;
  const std::array<double, 8> values{0.0, 1e308, -1e308, 1e-308, 1e39, -1e39, 1.0, 5e-324};
  for (std::size_t i = 0; i < 5000; ++i) {
    const auto score = feed.step(values[(i * i + i / 7) % values.size()]);
    if (!score) continue;
    REQUIRE(std::isfinite(*score));
    REQUIRE(*score >= 0.0);
    REQUIRE(*score <= 1.0);
  }
}

TEST_CASE("while an alarm hangs on it a detector judges and does not learn") {
  Feed feed;
  for (std::int64_t i = 0; i < 5 * 288; ++i) feed.step(daily(i));
  const auto before = saved(feed.detector);
  Feed copy = feed;
  CHECK(*copy.step(90.0, true) >= AnomalyLikelihood::kThreshold);
  for (int i = 0; i < 300; ++i) copy.step(90.0, true);
  CHECK(*copy.step(90.0, true) < 1.0);
  CHECK(saved(copy.detector).size() == before.size());
  // Profile and tails are as they were: all but the events (8 bytes) and the checksum (4).
  const auto after = saved(copy.detector);
  CHECK(std::equal(before.begin(), before.end() - 12, after.begin()));
}

TEST_CASE("what was learned is back after a restart") {
  Feed feed;
  for (std::int64_t i = 0; i < 10 * 288; ++i) feed.step(daily(i));
  const auto bytes = saved(feed.detector);
  CHECK(bytes.size() <= 8192);
  Feed restarted;
  restarted.at_s = feed.at_s;
  REQUIRE(load(restarted.detector, bytes));
  CHECK(saved(restarted.detector) == bytes);
  CHECK(*restarted.step(daily(10 * 288)) < AnomalyLikelihood::kThreshold);  // at once: no second learning
  CHECK(*restarted.step(120.0) >= AnomalyLikelihood::kThreshold);
}

TEST_CASE("a profile by the site's clock rests until that clock is known again") {
  Feed feed;
  for (std::int64_t i = 0; i < 10 * 288; ++i) feed.step(daily(i));
  const auto bytes = saved(feed.detector);
  Feed restarted;
  restarted.at_s = 77;  // another boot
  restarted.local = false;
  REQUIRE(load(restarted.detector, bytes));
  for (int i = 0; i < 500; ++i) restarted.step(50.0 + noise(static_cast<std::uint64_t>(i)));
  const auto known =
      restarted.detector.step(instant(500'000, feed.at_s + 300 + 7 * kHour), std::array{daily(10 * 288)});
  CHECK(*known < AnomalyLikelihood::kThreshold);
}

TEST_CASE("a profile by the steady clock is not saved, the tails are") {
  Feed feed;
  feed.local = false;
  for (std::int64_t i = 0; i < 5 * 288; ++i) feed.step(daily(i));
  AnomalyLikelihood restarted;
  REQUIRE(load(restarted, saved(feed.detector)));
  CHECK(restarted.step(instant(5), std::array{50.0}).has_value());
}

TEST_CASE("damaged bytes are refused, and leave a detector as new") {
  Feed feed;
  for (std::int64_t i = 0; i < 5 * 288; ++i) feed.step(daily(i));
  const auto good = saved(feed.detector);
  const auto fresh = saved(AnomalyLikelihood{});
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    AnomalyLikelihood detector = feed.detector;
    REQUIRE_FALSE(load(detector, bad));
    REQUIRE(saved(detector) == fresh);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    AnomalyLikelihood detector;
    REQUIRE_FALSE(load(detector, base::ByteView{good}.first(size)));
  }
  AnomalyLikelihood detector;
  CHECK_FALSE(load(detector, base::as_bytes("what is this, it is none of a detector's")));
}

TEST_CASE("a save is read from the middle of others") {
  Feed feed;
  for (std::int64_t i = 0; i < 3 * 288; ++i) feed.step(daily(i));
  base::ByteWriter out;
  out.u32(7);
  feed.detector.save(out);
  out.u32(9);
  const auto bytes = out.take();
  base::ByteReader in(bytes);
  AnomalyLikelihood detector;
  CHECK(in.u32() == 7);
  CHECK(detector.load(in));
  CHECK(in.u32() == 9);
}

TEST_CASE("a step takes nothing from the heap and the state is bounded") {
  Feed feed;
  const auto before = rules::test::allocations();
  for (std::int64_t i = 0; i < 3000; ++i) feed.step(daily(i));
  CHECK(rules::test::allocations() == before);
  CHECK(AnomalyLikelihood::bytes() <= 4096);
}

TEST_CASE("the same series gives the same scores") {
  Feed a;
  Feed b;
  for (std::int64_t i = 0; i < 2000; ++i) REQUIRE(a.step(daily(i)) == b.step(daily(i)));
  CHECK(saved(a.detector) == saved(b.detector));
}
