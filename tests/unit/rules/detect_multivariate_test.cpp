#include <cmath>
#include <limits>
#include <numbers>

#include "allocations.hpp"
#include "rules/detect/channel_levels.hpp"
#include "rules/detect/multivariate.hpp"
#include "rules/detect/relation.hpp"
#include "support/catch.hpp"

using namespace wayside;                 // NOLINT(google-build-using-namespace)
using namespace wayside::rules::detect;  // NOLINT(google-build-using-namespace)

namespace {

// Uniform in -1..1, the same on every machine.
class Noise {
 public:
  double operator()() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 11U) / static_cast<double>(1ULL << 52U) - 1;
  }

 private:
  std::uint64_t state_ = 7;
};

// A pump rig of three points once a second: a slow wave, a flow that follows it, and a quantised pressure.
class Rig {
 public:
  explicit Rig(std::uint32_t learn = 200, std::uint32_t patience = 2000)
      : detector({.channels = 3, .learn = learn, .patience = patience}) {}

  std::vector<double> next() {
    ++second;
    const double wave = std::sin(2 * std::numbers::pi * static_cast<double>(second) / 60) + 0.1 * noise();
    return {20 + wave, 32 + 0.5 * wave + 0.05 * noise() + fault, std::round(5 + 2 * noise())};
  }
  std::optional<double> step() { return feed(next()); }
  std::optional<double> feed(const std::vector<double>& values, bool frozen = false) {
    const Instant when{base::from_us(second * 1'000'000 + missing), std::nullopt, frozen};
    return detector.step(when, values);
  }
  void run(int samples) {
    for (int i = 0; i < samples; ++i) last = step();
  }

  Multivariate detector;
  Noise noise;
  std::int64_t second = 0;
  std::int64_t missing = 0;  // microseconds
  double fault = 0;
  std::optional<double> last;
};

base::Bytes saved(const Multivariate& detector) {
  base::ByteWriter out;
  detector.save(out);
  return out.take();
}

bool load(Multivariate& detector, const base::Bytes& bytes) {
  base::ByteReader in(bytes);
  return detector.load(in);
}

}  // namespace

TEST_CASE("the level of a channel: deviation over what it strays and wanders, by hand") {
  ChannelLevels levels(1, {.smoothing = 1, .gain = 0.5, .share = 1, .freeze = 4, .memory = 100, .learn = 2});
  double z = -1;
  const auto step = [&](double x) {
    levels.judge(std::span(&x, 1), std::span(&z, 1));
    levels.learn(std::span(&z, 1), false);
  };
  step(0);  // the first sample is the baseline
  CHECK(z == 0);
  step(2);  // deviation 2: s2 = (0 + 4) / 2, b = 0 + 0.5 * 2
  const ChannelLevel& channel = levels.channels()[0];
  CHECK(channel.spread == Approx(2));
  CHECK(channel.baseline == Approx(1));
  step(4);  // deviation 3 of sqrt(2 + (1e-4 * 1)^2)
  CHECK(z == Approx(3 / std::sqrt(2)).epsilon(1e-6));
  CHECK(channel.spread == Approx(2 + (9.0 - 2) / 3));
  CHECK(channel.baseline == Approx(2.5));
  const double spread = channel.spread;
  step(102.5);  // frozen: neither baseline nor spread move, the baseline is one sample older
  CHECK(z == Approx(100 / std::sqrt(spread)).epsilon(1e-6));
  CHECK(channel.spread == spread);
  CHECK(channel.baseline == 2.5);
  CHECK(channel.still == 1);
}

TEST_CASE("a channel that wanders is forgiven the more the longer its baseline stands still") {
  ChannelLevels levels(1, {.smoothing = 1, .gain = 1, .share = 1});
  const ChannelLevel known{.baseline = 10, .spread = 4, .wander = 0.5, .learned = 1000, .walked = 100};
  levels.restore(std::span(&known, 1));
  double z = 0;
  const double x = 16;
  levels.judge(std::span(&x, 1), std::span(&z, 1));
  CHECK(z == Approx(6 / std::sqrt(4.0)).epsilon(1e-6));
  levels.gap(64);
  levels.judge(std::span(&x, 1), std::span(&z, 1));
  CHECK(z == Approx(6 / std::sqrt(4.0 + 0.5 * 64)).epsilon(1e-6));
}

TEST_CASE("the wander of a channel is the square of its baseline's way over seventy samples") {
  ChannelLevels levels(1, {.smoothing = 1, .gain = 1});
  double z = 0;
  for (int i = 0; i < 300; ++i) {  // the baseline follows at once: 0.5 a sample, 35 in seventy
    const double x = 0.5 * i;
    levels.judge(std::span(&x, 1), std::span(&z, 1));
    levels.learn(std::span(&z, 1), false);
  }
  CHECK(levels.channels()[0].wander == Approx(35.0 * 35 / 70));
}

TEST_CASE("the relation of a channel with its past, by hand") {
  // +1, -1, +1, ...; both regressors are the sample before (past = 1). Covariances in sd: all ones, with x minus one.
  // (1 + ridge) w + w = -1 for both weights.
  Relation relation(1, {.smoothing = 0.3, .past = 1, .ridge = 0.002, .learn = 20});
  double z = -1;
  const auto judge = [&](double x) {
    const bool meant = relation.judge(std::span(&x, 1), std::span(&z, 1));
    relation.learn();
    relation.advance();
    return meant;
  };
  for (int i = 0; i < 25; ++i) CHECK_FALSE(judge(i % 2 == 0 ? 1 : -1));
  REQUIRE(relation.solved());
  const double w = -1 / 2.002;
  CHECK(static_cast<double>(relation.weights(0)[0]) == Approx(w).epsilon(1e-6));
  CHECK(static_cast<double>(relation.weights(0)[1]) == Approx(w).epsilon(1e-6));
  CHECK(relation.channel(0).mean == Approx(0).margin(1e-12));
  CHECK(relation.channel(0).sd == Approx(1));

  // The next is as predicted but for the ridge, 1 + 2w off. Four samples were replayed after the twenty in which f
  // settles, their f all but 1 + 2w: the floor of 0.01 judges.
  CHECK(judge(-1));
  CHECK(z == Approx(0.3 * (1 + 2 * w) / std::sqrt((1 + 2 * w) * (1 + 2 * w) + 1e-4)).epsilon(0.01));
  CHECK(judge(-1));  // +1 was due: the error is -1 + 2w
  const double f = 0.7 * 0.3 * (-1 - 2 * w) + 0.3 * (-1 + 2 * w);
  CHECK(z == Approx(std::abs(f) / std::sqrt((1 + 2 * w) * (1 + 2 * w) + 1e-4)).epsilon(0.01));
}

TEST_CASE("a channel that no longer follows another is noticed while both stay within their ranges") {
  Relation relation(2, {.learn = 300});
  Noise noise;
  std::vector<double> z(2);
  double before = 0;
  double calm = 0;
  const auto step = [&](bool follows) {
    const double now = noise();
    const std::vector<double> values{now, (follows ? before : noise()) + 0.01 * noise()};
    before = now;
    relation.judge(values, z);
    if (follows) relation.learn();
    relation.advance();
    return z[1];
  };
  for (int i = 0; i < 400; ++i) calm = std::max(calm, step(true));
  double loud = 0;
  for (int i = 0; i < 10; ++i) loud = std::max(loud, step(false));
  CHECK(calm < 6);
  CHECK(loud > 20);
}

TEST_CASE("no score while learning, then one from 0 to 1") {
  Rig rig(200);
  for (int i = 0; i < 200; ++i) CHECK_FALSE(rig.step().has_value());
  for (int i = 0; i < 400; ++i) {
    const auto score = rig.step();
    REQUIRE(score.has_value());
    CHECK(*score >= 0);
    CHECK(*score < 0.5);
  }
}

TEST_CASE("an anomaly stays one until it ends, and then the score falls") {
  Rig rig;
  rig.run(500);
  rig.fault = 3;
  rig.run(20);
  for (int i = 0; i < 1000; ++i) {
    rig.run(1);
    CHECK(*rig.last > 0.5);
  }
  rig.fault = 0;
  rig.run(100);
  CHECK(*rig.last < 0.35);
}

TEST_CASE("what stays for longer than the patience becomes the new normal") {
  Rig rig(200, 300);
  rig.run(500);
  rig.fault = 3;
  rig.run(280);
  CHECK(*rig.last > 0.5);
  rig.run(1500);
  CHECK(*rig.last < 0.35);
}

TEST_CASE("while its alarm is raised a detector judges but learns nothing") {
  Rig rig;
  rig.run(500);
  const base::Bytes before = saved(rig.detector);
  for (int i = 0; i < 500; ++i) CHECK(rig.feed(rig.next(), true).has_value());
  CHECK(saved(rig.detector) == before);
  rig.run(500);
  CHECK(saved(rig.detector) != before);
}

TEST_CASE("values that are not numbers, or not as many as channels, are no sample") {
  Rig rig;
  rig.run(500);
  const base::Bytes before = saved(rig.detector);
  CHECK_FALSE(rig.feed({1, 2}).has_value());
  CHECK_FALSE(rig.feed({}).has_value());
  CHECK_FALSE(rig.feed({1, std::numeric_limits<double>::quiet_NaN(), 2}).has_value());
  CHECK_FALSE(rig.feed({1, 2, std::numeric_limits<double>::infinity()}).has_value());
  CHECK(saved(rig.detector) == before);
  CHECK(rig.step().has_value());
}

TEST_CASE("scores are finite whatever the values are") {
  const double most = std::numeric_limits<double>::max();
  const double least = std::numeric_limits<double>::denorm_min();
  Noise noise;
  Multivariate detector({.channels = 4, .learn = 50, .patience = 100});
  const std::vector<double> odd{0, most, -most, least, 1e-300, 1e200, -1, 1};
  for (std::int64_t i = 0; i < 3000; ++i) {
    std::vector<double> values{5, noise(), noise(), i < 1000 ? 0 : 1.0};
    if (i % 7 == 0) values[static_cast<std::size_t>(i) % 4] = odd[static_cast<std::size_t>(i / 7) % odd.size()];
    const auto score = detector.step({base::from_us(i * 1'000'000), std::nullopt, false}, values);
    if (!score) continue;
    CHECK(std::isfinite(*score));
    CHECK(*score >= 0);
    CHECK(*score <= 1);
  }
  Multivariate copy({.channels = 4, .learn = 50, .patience = 100});
  CHECK(load(copy, saved(detector)));
}

TEST_CASE("channels that never moved say nothing, and are noticed when they do") {
  Multivariate detector({.channels = 2, .learn = 100});
  std::optional<double> score;
  std::int64_t second = 0;
  const auto run = [&](int samples, double status) {
    for (int i = 0; i < samples; ++i) {
      const std::vector<double> values{status, 230};
      score = detector.step({base::from_us(++second * 1'000'000), std::nullopt, false}, values);
    }
  };
  run(500, 0);
  CHECK(*score == 0);
  run(20, 1);
  CHECK(*score > 0.8);
}

TEST_CASE("a gap is no anomaly, and one sample after it decides nothing") {
  Rig rig;
  rig.run(600);
  rig.missing += 3'600'000'000;  // an hour
  for (int i = 0; i < 100; ++i) {
    rig.run(1);
    CHECK(*rig.last < 0.5);
  }
  rig.missing -= 1'000'000'000'000;  // never happens; must not harm
  rig.run(10);
  CHECK(rig.last.has_value());
}

TEST_CASE("what was learned is back after a restart") {
  Rig rig;
  rig.run(1000);
  const base::Bytes bytes = saved(rig.detector);
  Rig other = rig;
  other.detector = Multivariate({.channels = 3, .learn = 200});
  REQUIRE(load(other.detector, bytes));
  other.missing = -900'000'000;  // another boot
  for (int i = 0; i < 300; ++i) {
    rig.run(1);
    other.run(1);
    REQUIRE(other.last.has_value());
    CHECK(*other.last < 0.5);
    if (i > 100) CHECK(*other.last == Approx(*rig.last).margin(0.1));
  }
  rig.fault = other.fault = 3;
  rig.run(20);
  other.run(20);
  CHECK(*rig.last > 0.5);
  CHECK(*other.last > 0.5);
}

TEST_CASE("saved before it had learned, a detector begins anew") {
  Rig rig;
  rig.run(100);
  Rig other;
  other.run(500);
  REQUIRE(load(other.detector, saved(rig.detector)));
  other.run(200);
  CHECK_FALSE(other.last.has_value());
  other.run(1);
  CHECK(other.last.has_value());
}

TEST_CASE("bytes that are damaged, cut or of another detector are refused, and the detector is as new") {
  Rig rig;
  rig.run(500);
  const base::Bytes good = saved(rig.detector);
  const base::Bytes fresh = saved(Multivariate({.channels = 3, .learn = 200}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    base::Bytes bad = good;
    bad[i] ^= 0x10U;
    Multivariate detector = rig.detector;
    CHECK_FALSE(load(detector, bad));
    CHECK(saved(detector) == fresh);
    CHECK_FALSE(load(detector, base::Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i))));
  }
  for (const MultivariateSettings other :
       {MultivariateSettings{.channels = 4, .learn = 200}, MultivariateSettings{.channels = 3, .learn = 201},
        MultivariateSettings{.channels = 3, .learn = 200, .patience = 1}}) {
    Multivariate detector(other);
    CHECK_FALSE(load(detector, good));
  }
}

TEST_CASE("a well-formed record with impossible numbers is refused") {
  Rig rig;
  rig.run(500);
  base::Bytes body = saved(rig.detector);
  body.resize(body.size() - 4);
  constexpr std::size_t kFirstSd = 4 + (4 + 14) + 13 + 8;  // behind length, name, settings and the first mean
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), infinity, -1.0, 0.0}) {  // as sd of the first
    base::ByteWriter number;
    number.f64(odd);
    const base::Bytes eight = number.take();
    base::Bytes bad = body;
    std::copy(eight.begin(), eight.end(), bad.begin() + static_cast<std::ptrdiff_t>(kFirstSd));
    base::ByteWriter out;
    out.text(base::as_text(base::ByteView(bad).subspan(4)));
    out.u32(base::crc32c(base::ByteView(bad).subspan(4)));
    Multivariate detector = rig.detector;
    CHECK_FALSE(load(detector, out.take()));
  }
}

TEST_CASE("a step takes nothing from the heap, not even when the weights are solved") {
  Multivariate detector({.channels = 8, .learn = 100});
  Noise noise;
  std::vector<double> values(8);
  const std::size_t before = rules::test::allocations();
  for (std::int64_t i = 0; i < 1000; ++i) {
    for (double& v : values) v = noise();
    detector.step({base::from_us(i * 1'000'000), std::nullopt, false}, values);
  }
  CHECK(rules::test::allocations() == before);
}

TEST_CASE("memory is known when a detector is made, and what it saves fits into 8 KiB") {
  for (const std::size_t channels : {1U, 2U, 8U, 43U, 45U}) {
    Multivariate detector({.channels = channels, .learn = 100});
    const std::size_t made = detector.bytes();
    CHECK(made <= 8192 * channels);
    if (channels == 8 || channels == 43) CHECK(made <= 4096 * channels);
    Noise noise;
    std::vector<double> values(channels);
    for (std::int64_t i = 0; i < 300; ++i) {
      for (double& v : values) v = noise();
      detector.step({base::from_us(i * 1'000'000), std::nullopt, false}, values);
    }
    CHECK(detector.bytes() == made);
    CHECK(saved(detector).size() <= 8192);
    CHECK(saved(detector).size() > 50 * channels);
  }
  CHECK(Multivariate::kMostChannels == 45);
}

TEST_CASE("the same samples give the same scores") {
  Rig a;
  Rig b;
  for (int i = 0; i < 1000; ++i) {
    a.run(1);
    b.run(1);
    CHECK(a.last == b.last);
  }
}
