#include <cmath>
#include <limits>

#include "allocations.hpp"
#include "rules/detect/counter_check.hpp"
#include "rules/detect/cusum.hpp"
#include "rules/detect/ewma_z.hpp"
#include "rules/detect/flatline.hpp"
#include "rules/detect/robust_z.hpp"
#include "rules/detect/two_window_step.hpp"
#include "rules/detect/usual.hpp"
#include "rules/detect/zero_count.hpp"
#include "support/catch.hpp"

using namespace wayside;                 // NOLINT(google-build-using-namespace)
using namespace wayside::rules::detect;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

namespace {

Instant at(std::int64_t second, bool frozen = false) {
  return {base::from_us(second * 1'000'000), std::nullopt, frozen};
}

template <class D>
std::optional<double> step(D& detector, double value, std::int64_t second = 0, bool frozen = false) {
  return detector.step(at(second, frozen), std::span(&value, 1));
}

template <class D>
std::optional<double> feed(D& detector, std::initializer_list<double> values) {
  std::optional<double> last;
  for (const double value : values) last = step(detector, value);
  return last;
}

template <class D>
base::Bytes saved(const D& detector) {
  base::ByteWriter out;
  detector.save(out);
  return out.take();
}

template <class D>
bool load(D& detector, const base::Bytes& bytes) {
  base::ByteReader in(bytes);
  return detector.load(in);
}

// After a restart the detector goes on as the one that never stopped; damaged bytes leave it as new.
template <class D>
void check_keeping(D detector, const D& fresh) {
  const base::Bytes good = saved(detector);
  CHECK(good.size() <= 8192);
  D back = fresh;
  REQUIRE(load(back, good));
  CHECK(saved(back) == good);
  for (const double value : {1.0, 2.5, -3.0, 40.0}) CHECK(step(back, value) == step(detector, value));
  for (std::size_t i = 0; i < good.size(); ++i) {
    base::Bytes bad = good;
    bad[i] ^= 0x10U;
    D damaged = detector;
    CHECK_FALSE(load(damaged, bad));
    CHECK(saved(damaged) == saved(fresh));
    CHECK_FALSE(load(damaged, base::Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i))));
  }
}

// Odd values are refused or judged, never with a score that is not a number; and nothing comes from the heap.
template <class D>
void check_hardiness(D detector) {
  const double most = std::numeric_limits<double>::max();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::size_t before = rules::test::allocations();
  for (const double odd : {most, -most, infinity, -infinity, std::nan("")})
    CHECK_FALSE(step(detector, odd).has_value());
  CHECK_FALSE(detector.step(at(0), {}).has_value());
  for (int i = 0; i < 1000; ++i) {
    const double value = i % 10 == 0 ? 1e100 : (i % 7 == 0 ? -1e100 : 1e-300 * i);
    const auto score = step(detector, value, i);
    if (!score) continue;
    CHECK(std::isfinite(*score));
    CHECK(*score >= 0);
  }
  CHECK(rules::test::allocations() == before);
}

}  // namespace

TEST_CASE("EWMA z by hand") {
  EwmaZ detector({.alpha = 0.25, .learn = 2});
  CHECK_FALSE(step(detector, 4).has_value());  // share 1: m = 4, v = 0
  CHECK_FALSE(step(detector, 8).has_value());  // share 1/2: m = 6, v = 0.5 * (0 + 0.5 * 16) = 4
  CHECK(detector.mean() == Approx(6));
  CHECK(detector.variance() == Approx(4));
  CHECK(*step(detector, 12) == Approx(3));  // share 1/3: m = 8, v = 2/3 * (4 + 36 / 3)
  CHECK(detector.mean() == Approx(8));
  CHECK(detector.variance() == Approx(32.0 / 3));
  CHECK(*step(detector, 0, 0, true) == Approx(8 / std::sqrt(32.0 / 3)));  // frozen: judged only
  CHECK(detector.mean() == Approx(8));
}

TEST_CASE("EWMA z: of a constant any change is as unusual as can be") {
  EwmaZ detector({.alpha = 0.1, .learn = 3});
  CHECK(feed(detector, {7, 7, 7, 7}) == 0);
  CHECK(step(detector, 7.5) == 1e6);
  CHECK_FALSE(EwmaZ({.learn = 0}).step(at(0), std::vector<double>{1}).has_value());
}

TEST_CASE("EWMA z is kept and is hardy") {
  EwmaZ detector({.alpha = 0.1, .learn = 3});
  feed(detector, {1, 2, 3, 2, 1});
  check_keeping(detector, EwmaZ({.alpha = 0.1, .learn = 3}));
  check_hardiness(detector);
  EwmaZ other({.alpha = 0.2, .learn = 3});
  CHECK_FALSE(load(other, saved(detector)));
}

TEST_CASE("robust z by hand: median and median absolute deviation of the window") {
  RobustZ detector({.window = 5, .learn = 5});
  CHECK_FALSE(feed(detector, {3, 1, 100, 2, 4}).has_value());
  CHECK(detector.median() == 3);
  CHECK(detector.median_deviation() == 1);          // 0 1 1 2 97
  CHECK(*step(detector, 5) == Approx(0.6745 * 2));  // then the 3 leaves: 1 2 4 5 100
  CHECK(detector.median() == 4);
  CHECK(detector.median_deviation() == 2);  // 0 1 2 3 96
  CHECK(*step(detector, -4, 0, true) == Approx(0.6745 * 8 / 2));
  CHECK(detector.median() == 4);
}

TEST_CASE("robust z of an even count: both medians lie between two values") {
  RobustZ detector({.window = 4, .learn = 4});
  feed(detector, {8, 1, 2, 5});
  CHECK(detector.median() == 3.5);
  CHECK(detector.median_deviation() == 2);  // 1.5 1.5 2.5 4.5
}

TEST_CASE("robust z where most values are the same uses the mean deviation") {
  RobustZ detector({.window = 5, .learn = 5});
  feed(detector, {1, 1, 1, 1, 6});
  CHECK(detector.median_deviation() == 0);
  CHECK(*step(detector, 3, 0, true) == Approx(2 / (1.2533 * 1)));
  CHECK(*step(detector, 1, 0, true) == 0);
}

TEST_CASE("robust z: the running medians are those of the window sorted anew") {
  RobustZ detector({.window = 20, .learn = 1});
  std::vector<double> all;
  std::uint64_t state = 3;
  for (int i = 0; i < 500; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    all.push_back(static_cast<double>(state >> 59U));  // 0 to 31: many ties
    step(detector, all.back());
    std::vector<double> window(all.end() - std::min<std::ptrdiff_t>(20, std::ssize(all)), all.end());
    const auto median = [](std::vector<double> v) {
      std::sort(v.begin(), v.end());
      return (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
    };
    const double middle = median(window);
    CHECK(detector.median() == middle);
    for (double& v : window) v = std::abs(v - middle);
    CHECK(detector.median_deviation() == median(window));
  }
}

TEST_CASE("robust z is kept and is hardy, in at most 4 KiB") {
  RobustZ detector({.window = 7, .learn = 3});
  feed(detector, {1, 2, 3, 2, 1, 9, 4, 4, 4, 1});
  check_keeping(detector, RobustZ({.window = 7, .learn = 3}));
  check_hardiness(RobustZ({.window = RobustZ::kLargestWindow}));
  CHECK(RobustZ({.window = RobustZ::kLargestWindow}).bytes() <= 4096 + 128);
}

TEST_CASE("CUSUM by hand, both sides, with mean and sigma given") {
  Cusum detector({.k = 0.5, .h = 5, .given = CusumSettings::Known{.mean = 10, .sigma = 2}});
  CHECK(*step(detector, 13) == Approx(1));    // +1.5 - 0.5
  CHECK(*step(detector, 12) == Approx(1.5));  // +1 - 0.5
  CHECK(detector.down() == 0);
  CHECK(*step(detector, 6) == Approx(1.5));  // up: 1.5 - 2 - 0.5 < 0; down: 2 - 0.5
  CHECK(detector.up() == 0);
  CHECK(*step(detector, 6) == Approx(3));
  CHECK(*step(detector, 10) == Approx(2.5));
  CHECK(*step(detector, 1000) == Approx(10));  // no higher than 2 h
}

TEST_CASE("CUSUM learns mean and sigma once") {
  Cusum detector({.k = 0, .h = 50, .learn = 3});
  CHECK_FALSE(step(detector, 100, 0, true).has_value());  // frozen: not learned
  CHECK_FALSE(feed(detector, {1, 2, 3}).has_value());     // mean 2, sigma 1
  CHECK(*step(detector, 5) == Approx(3));
  CHECK(*step(detector, 5) == Approx(6));
}

TEST_CASE("CUSUM finds a small shift that no single value shows") {
  Cusum detector({.learn = 200});
  std::optional<double> score;
  for (int i = 0; i < 600; ++i) {
    score = step(detector, i % 2 == 0 ? 1 : -1);
    if (score) CHECK(*score < 5);
  }
  for (int i = 0; i < 20; ++i) score = step(detector, i % 2 == 0 ? 2 : 0);
  CHECK(*score > 5);
}

TEST_CASE("CUSUM is kept and is hardy") {
  Cusum detector({.learn = 4});
  feed(detector, {1, 2, 3, 2, 1, 5});
  check_keeping(detector, Cusum({.learn = 4}));
  check_hardiness(detector);
  check_hardiness(Cusum({.given = CusumSettings::Known{.mean = 1, .sigma = 1e-200}}));
}

TEST_CASE("two-window step by hand") {
  TwoWindowStep detector({.window = 3});
  CHECK_FALSE(feed(detector, {1, 2, 3, 5, 6}).has_value());
  CHECK(*step(detector, 7) == Approx(4 / std::sqrt(2.0 / 3)));  // 5 6 7 against 1 2 3, both with variance 1
  CHECK(*step(detector, 8) == Approx((7 - 10.0 / 3) / std::sqrt((1 + 7.0 / 3) / 3)));           // 6 7 8 against 2 3 5
  CHECK(*step(detector, 9, 0, true) == Approx((8 - 10.0 / 3) / std::sqrt((1 + 7.0 / 3) / 3)));  // 7 8 9 against 2 3 5
}

TEST_CASE("two-window step is kept and is hardy") {
  TwoWindowStep detector({.window = 3});
  feed(detector, {1, 2, 3, 5, 6, 7, 8});
  check_keeping(detector, TwoWindowStep({.window = 3}));
  check_hardiness(TwoWindowStep({.window = TwoWindowStep::kLargestWindow}));
  CHECK(TwoWindowStep({.window = TwoWindowStep::kLargestWindow}).bytes() <= 2048 + 128);
}

TEST_CASE("flatline: the share of the time without a change") {
  Flatline detector({.after = 100s, .samples = 3});
  CHECK(*step(detector, 5, 0) == 0);
  CHECK(*step(detector, 5, 25) == Approx(0.25));
  CHECK(*step(detector, 5, 50) == Approx(0.5));
  CHECK(*step(detector, 5, 500) == 1);
  CHECK(*step(detector, 5 + 1e-15, 600) == 0);  // the last digit lives
  CHECK(*step(detector, 5, 700) == 0);
}

TEST_CASE("flatline: two equal samples far apart are no flat line") {
  Flatline detector({.after = 100s, .samples = 5});
  step(detector, 5, 0);
  CHECK(*step(detector, 5, 86400) == Approx(0.25));
  CHECK(*step(detector, 5, 86410) == Approx(0.5));
}

TEST_CASE("flatline begins anew after a restart") {
  Flatline detector({.after = 10s, .samples = 2});
  step(detector, 5, 0);
  CHECK(*step(detector, 5, 1000) == 1);
  REQUIRE(load(detector, saved(detector)));
  CHECK(*step(detector, 5, 5) == 0);
  CHECK_FALSE(load(detector, {}));
  CHECK_FALSE(load(detector, saved(CounterCheck({}))));
  check_hardiness(detector);
}

TEST_CASE("a counter may rise as fast as it can count") {
  CounterCheck detector({.fastest = 2, .one = 1});
  CHECK_FALSE(step(detector, 100, 0).has_value());
  CHECK(*step(detector, 110, 10) == Approx(10.0 / 21));
  CHECK(detector.rise() == 10);
  CHECK(*step(detector, 110, 20) == 0);
  CHECK(*step(detector, 111, 20) == 1);  // one count at the same instant is the last digit
  CHECK(detector.finding() == CounterCheck::Finding::plausible);
  CHECK(*step(detector, 174, 30) == Approx(3));
  CHECK(detector.finding() == CounterCheck::Finding::too_fast);
}

TEST_CASE("a counter that falls wrapped, was reset, or is wrong") {
  CounterCheck detector({.fastest = 2, .one = 1, .range = 65536});
  step(detector, 65530, 0);
  CHECK(*step(detector, 4, 10) == Approx(10.0 / 21));
  CHECK(detector.finding() == CounterCheck::Finding::plausible);
  CHECK(detector.rise() == 10);
  step(detector, 5000, 100000);
  CHECK(*step(detector, 3, 100010) == 1);
  CHECK(detector.finding() == CounterCheck::Finding::reset);
  CHECK_FALSE(detector.rise().has_value());
  step(detector, 5000, 200000);
  CHECK(*step(detector, 4000, 200010) == 10);
  CHECK(detector.finding() == CounterCheck::Finding::fell);
  CHECK(*step(detector, -1, 200020) == 10);
}

TEST_CASE("a counter begins anew after a restart, and is hardy") {
  CounterCheck detector({});
  step(detector, 5, 0);
  REQUIRE(load(detector, saved(detector)));
  CHECK_FALSE(step(detector, 1000, 1).has_value());
  check_hardiness(detector);
}

TEST_CASE("zero count: how unlikely a run of zeros is") {
  ZeroCount detector({.longest = 900s});
  const auto count = [&detector](double counted, double rate, std::int64_t second) {
    return detector.step(at(second), std::vector<double>{counted, rate});
  };
  CHECK_FALSE(count(0, 0.1, 0).has_value());
  CHECK(*count(0, 0.1, 60) == Approx(6 / std::log(10.0)));
  CHECK(*count(0, 0.05, 120) == Approx(9 / std::log(10.0)));  // the rate may change in the run
  CHECK(detector.expected() == Approx(9));
  CHECK(*count(1, 0.1, 180) == 0);
  CHECK(*count(0, 0, 240) == 0);                             // nothing is expected at night
  CHECK(*count(0, 0.1, 300) == Approx(6 / std::log(10.0)));  // P = 0.0025
  CHECK(*count(0, 0.1, 1300) == 0);                          // nobody counted for 1000 s
  CHECK_FALSE(count(-1, 0.1, 1310).has_value());
  CHECK_FALSE(count(0, std::nan(""), 1320).has_value());
  CHECK_FALSE(step(detector, 0, 1330).has_value());
  CHECK(std::isfinite(*count(0, 1e100, 1400)));
  REQUIRE(load(detector, saved(detector)));
  CHECK(detector.expected() == 0);
  CHECK_FALSE(load(detector, saved(Flatline({}))));
}

namespace {

constexpr std::int64_t kHourS = 3600;

// Samples every five minutes of whole hours from `from` on (hours since 1970, local).
std::optional<double> hours(Usual& detector, std::int64_t from, std::int64_t count, double value, bool frozen = false) {
  std::optional<double> said;
  for (std::int64_t s = from * kHourS; s < (from + count) * kHourS; s += 300)
    said = detector.step({base::from_us(s * 1'000'000), s, frozen}, std::span(&value, 1));
  return said;
}

}  // namespace

TEST_CASE("usual is the median of this hour of the week; before that, of this hour on any day") {
  Usual detector;
  CHECK_FALSE(hours(detector, 8, 1, 10));
  CHECK_FALSE(hours(detector, 24 + 8, 1, 20));
  CHECK(hours(detector, 48 + 8, 1, 60) == Approx(15));       // 10 and 20, of other days
  CHECK(hours(detector, 168 + 8, 1, 14) == Approx(20));      // 10, 20 and 60
  CHECK(hours(detector, 2 * 168 + 8, 1, 90) == Approx(12));  // 10 and 14, of this hour of the week
  CHECK(hours(detector, 3 * 168 + 8, 1, 90) == Approx(14));
  CHECK_FALSE(hours(detector, 3 * 168 + 9, 1, 5));
}

TEST_CASE("usual looks back six weeks") {
  Usual detector;
  for (int week = 0; week < 6; ++week) hours(detector, week * 168, 1, 10);
  CHECK(hours(detector, 6 * 168, 1, 50) == Approx(10));
  for (int week = 7; week < 12; ++week) hours(detector, week * 168, 1, 50);
  CHECK(hours(detector, 12 * 168, 1, 50) == Approx(50));
}

TEST_CASE("usual learns no part of an hour, nothing while frozen, and nothing without a clock") {
  Usual detector;
  const double value = 7;
  for (int week = 0; week < 3; ++week) {
    hours(detector, week * 168 + 1, 1, 5, true);
    for (std::int64_t s = 0; s < 1500; s += 300) {
      const auto at = week * 168 * kHourS + s;
      CHECK_FALSE(detector.step({base::from_us(at * 1'000'000), at, false}, std::span(&value, 1)));
    }
    hours(detector, week * 168 + 2, 1, 3);
  }
  CHECK_FALSE(hours(detector, 3 * 168, 1, 7));
  CHECK_FALSE(hours(detector, 3 * 168 + 1, 1, 7));
  CHECK(hours(detector, 3 * 168 + 2, 1, 7) == Approx(3));
  CHECK_FALSE(detector.step({base::from_us(0), std::nullopt, false}, std::span(&value, 1)));
}

TEST_CASE("what is usual comes back, and damaged bytes do not") {
  Usual detector;
  for (int week = 0; week < 7; ++week) hours(detector, week * 168, 168, 10 + week);
  const auto bytes = saved(detector);
  CHECK(bytes.size() <= 8192);
  CHECK(detector.bytes() <= 8192);
  Usual again;
  base::ByteReader in(bytes);
  REQUIRE(again.load(in));
  CHECK(hours(again, 8 * 168 + 5, 1, 1) == hours(detector, 8 * 168 + 5, 1, 1));
  for (std::size_t i = 0; i < bytes.size(); i += 131) {
    auto damaged = bytes;
    damaged[i] ^= 0x10U;
    base::ByteReader reader(damaged);
    Usual other;
    CHECK_FALSE(other.load(reader));
    CHECK_FALSE(hours(other, 9 * 168, 1, 1));
  }
}
