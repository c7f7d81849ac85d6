#include <cmath>
#include <limits>
#include <vector>

#include "rules/detect/fibre.hpp"
#include "support/catch.hpp"
#include "unit/rules/allocations.hpp"

using namespace wayside;                 // NOLINT(google-build-using-namespace)
using namespace wayside::rules::detect;  // NOLINT(google-build-using-namespace)

namespace {

constexpr double kDead = -std::numeric_limits<double>::infinity();
constexpr double kNotRead = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kTrace = 300;

FibreSettings settings() {
  FibreSettings out;
  out.zones = 200;
  return out;
}

// A fibre of 200 m whose zones each have a level and +-0.1 K of noise that is the same in every run.
class Pipe {
 public:
  explicit Pipe(const FibreSettings& s = settings()) : detector(s), settings_(s) { values.resize(s.zones); }

  std::optional<FibreFinding> trace(double shared = 0, bool frozen = false) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      const auto noise = (static_cast<double>(state_ >> 40U) / 16777216.0 - 0.5) * 0.2;
      values[i] = 12 + static_cast<double>(i % 7) * 0.5 + shared + noise;
    }
    for (const auto& [zone, kelvin] : spots) values[zone] += kelvin;
    for (const auto zone : dead) values[zone] = silence;
    now += kTrace;
    return detector.look({base::from_us(now * 1'000'000), std::nullopt, frozen}, values);
  }
  void learn(int traces = 300) {
    for (int i = 0; i < traces; ++i) trace();
  }

  FibrePeak detector;
  std::vector<double> values;
  std::vector<std::pair<std::size_t, double>> spots;
  std::vector<std::size_t> dead;
  double silence = kDead;
  std::int64_t now = 0;

 private:
  FibreSettings settings_;
  std::uint64_t state_ = 1;
};

}  // namespace

TEST_CASE("a fibre that is being learned says nothing, and then that it is quiet") {
  Pipe pipe;
  for (int i = 0; i < 48; ++i) CHECK_FALSE(pipe.trace());
  for (int i = 0; i < 500; ++i) {
    const auto found = pipe.trace();
    REQUIRE(found);
    CHECK(found->kind == FibreKind::quiet);
    CHECK(found->score < 0.5);
  }
}

TEST_CASE("a leak is told after three traces, at its centroid, with what can be known at best") {
  Pipe pipe;
  pipe.learn();
  pipe.spots = {{99, -1.0}, {100, -2.0}, {101, -1.0}};
  CHECK(pipe.trace()->kind == FibreKind::quiet);
  const auto second = pipe.trace();
  CHECK(second->kind == FibreKind::quiet);
  CHECK(second->score == Approx(0.49));
  const auto third = pipe.trace();
  CHECK(third->kind == FibreKind::peak);
  CHECK(third->score > 0.5);
  CHECK(third->position_m == Approx(100).margin(0.3));
  CHECK(third->uncertainty_m == 1);
  CHECK_FALSE(third->above);
}

TEST_CASE("the uncertainty is the largest of half the resolution, the spacing and the calibration") {
  auto s = settings();
  s.spacing_m = 0.5;
  s.first_m = 1000;
  s.calibration_m = 7;
  Pipe pipe(s);
  pipe.learn();
  pipe.spots = {{40, 3.0}};
  pipe.trace();
  pipe.trace();
  const auto found = pipe.trace();
  REQUIRE(found->kind == FibreKind::peak);
  CHECK(found->position_m == Approx(1020).margin(0.3));
  CHECK(found->uncertainty_m == 7);
  CHECK(found->above);
}

TEST_CASE("a leak stays told: its own departure is not learned") {
  Pipe pipe;
  pipe.learn();
  pipe.spots = {{100, 2.0}};
  for (int i = 0; i < 2000; ++i) pipe.trace();
  CHECK(pipe.trace()->kind == FibreKind::peak);
}

TEST_CASE("weather that moves the whole fibre is no leak, and a leak in it is still one") {
  Pipe pipe;
  pipe.learn();
  const auto rain = pipe.trace(-3);
  CHECK(rain->kind == FibreKind::common_mode);
  CHECK(rain->score == 0);
  pipe.spots = {{60, 2.0}};
  pipe.trace(-3);
  pipe.trace(-3);
  const auto found = pipe.trace(-3);
  CHECK(found->kind == FibreKind::peak);
  CHECK(found->position_m == Approx(60).margin(1));
}

TEST_CASE("more than a fifth of the zones at once are common mode") {
  Pipe pipe;
  pipe.learn();
  for (std::size_t i = 0; i < 200; i += 4) pipe.spots.emplace_back(i, 3.0);
  for (int i = 0; i < 4; ++i) CHECK(pipe.trace()->kind == FibreKind::common_mode);
}

TEST_CASE("a stretch wider than a leak is wide, scores nothing and is learned in time") {
  Pipe pipe;
  pipe.learn();
  for (std::size_t i = 80; i < 110; ++i) pipe.spots.emplace_back(i, 2.0);
  const auto found = pipe.trace();
  CHECK(found->kind == FibreKind::wide);
  CHECK(found->score == 0);
  CHECK(found->uncertainty_m >= 14);
  pipe.learn(20000);
  CHECK(pipe.trace()->kind == FibreKind::quiet);
}

TEST_CASE("one wild trace is no leak and does not move the baseline") {
  Pipe pipe;
  pipe.learn();
  pipe.spots = {{100, 1e6}};
  CHECK(pipe.trace()->score < 0.5);
  pipe.spots.clear();
  for (int i = 0; i < 10; ++i) CHECK(pipe.trace()->kind == FibreKind::quiet);
}

TEST_CASE("a cut is told on the second trace, where it is") {
  Pipe pipe;
  pipe.learn();
  for (std::size_t i = 150; i < 200; ++i) pipe.dead.push_back(i);
  CHECK_FALSE(pipe.trace()->cut_m);
  auto found = pipe.trace();
  CHECK(found->cut_m == 150.0);
  CHECK(found->score == 0);
  CHECK(pipe.detector.step({base::from_us((pipe.now + kTrace) * 1'000'000), {}, false}, pipe.values) == 1.0);
  pipe.spots = {{60, 2.0}};
  pipe.trace();
  pipe.trace();
  found = pipe.trace();
  CHECK(found->kind == FibreKind::peak);  // a leak before the cut is told as ever
  CHECK(found->position_m == Approx(60).margin(0.5));
  CHECK(found->cut_m == 150.0);
  pipe.spots.clear();
  pipe.dead.clear();
  found = pipe.trace();
  CHECK(found->kind == FibreKind::quiet);
  CHECK_FALSE(found->cut_m);
}

TEST_CASE("zones that were not read are no cut, and a cut among them begins at the first dead one") {
  Pipe pipe;
  pipe.learn();
  pipe.silence = kNotRead;
  for (std::size_t i = 150; i < 200; ++i) pipe.dead.push_back(i);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(pipe.trace()->cut_m);
  for (int i = 0; i < 2; ++i) {
    pipe.trace();
    for (std::size_t z = 160; z < 170; ++z) pipe.values[z] = kDead;
    pipe.now += kTrace;
    const auto found = pipe.detector.look({base::from_us(pipe.now * 1'000'000), {}, false}, pipe.values);
    CHECK_FALSE(found->cut_m);  // the trace between, without a dead zone, let it begin anew
  }
  std::optional<FibreFinding> found;
  for (int i = 0; i < 2; ++i) {
    pipe.now += kTrace;
    found = pipe.detector.look({base::from_us(pipe.now * 1'000'000), {}, false}, pipe.values);
  }
  CHECK(found->cut_m == 160.0);
}

TEST_CASE("a fibre that never answered is not cut; one that is being learned can be") {
  Pipe pipe;
  for (std::size_t i = 0; i < 200; ++i) pipe.dead.push_back(i);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(pipe.trace());
  pipe.dead.clear();
  pipe.trace();
  for (std::size_t i = 20; i < 200; ++i) pipe.dead.push_back(i);
  CHECK_FALSE(pipe.trace());
  const auto found = pipe.trace();
  REQUIRE(found);
  CHECK(found->kind == FibreKind::learning);
  CHECK(found->cut_m == 20.0);
}

TEST_CASE("a noise floor is a dead fibre too, and single dead zones are not a cut") {
  auto s = settings();
  s.floor = 1;
  Pipe pipe(s);
  pipe.learn();
  pipe.dead = {20, 21, 70, 199};
  for (int i = 0; i < 5; ++i) CHECK(pipe.trace()->kind == FibreKind::quiet);
  pipe.dead.clear();
  for (std::size_t i = 190; i < 200; ++i) pipe.spots.emplace_back(i, -100.0);
  pipe.trace();
  CHECK(pipe.trace()->cut_m == 190.0);
}

TEST_CASE("a fibre that is frozen judges and does not learn") {
  Pipe pipe;
  pipe.learn();
  base::ByteWriter before;
  pipe.detector.save(before);
  for (int i = 0; i < 20; ++i) pipe.trace(1, true);
  base::ByteWriter after;
  pipe.detector.save(after);
  CHECK(before.take() == after.take());
}

TEST_CASE("a zone that comes alive late is learned before it is judged") {
  Pipe pipe;
  pipe.dead = {30};
  pipe.learn();
  pipe.dead.clear();
  for (int i = 0; i < 60; ++i) CHECK(pipe.trace()->kind == FibreKind::quiet);
}

TEST_CASE("a fibre that never moved and then does is told, with finite numbers") {
  FibrePeak detector(settings());
  std::vector<double> values(200, 4.0);
  for (int i = 0; i < 100; ++i)
    CHECK(std::isfinite(detector.step({base::from_us(i * 1'000'000LL * kTrace), {}, false}, values).value_or(0)));
  values[10] = 5;
  double score = 0;
  for (int i = 100; i < 104; ++i)
    score = detector.step({base::from_us(i * 1'000'000LL * kTrace), {}, false}, values).value_or(0);
  CHECK(score == 1);
}

TEST_CASE("a fibre's baselines come back, and damaged ones do not") {
  Pipe pipe;
  pipe.learn();
  base::ByteWriter out;
  pipe.detector.save(out);
  const auto bytes = out.take();
  CHECK(bytes.size() <= 8192);
  FibrePeak again(settings());
  base::ByteReader in(bytes);
  REQUIRE(again.load(in));
  pipe.spots = {{100, 2.0}};
  std::optional<FibreFinding> mine;
  std::optional<FibreFinding> theirs;
  for (int i = 0; i < 3; ++i) {
    mine = pipe.trace();
    theirs = again.look({base::from_us(pipe.now * 1'000'000), {}, false}, pipe.values);
  }
  REQUIRE(theirs);
  CHECK(theirs->score == Approx(mine->score));
  CHECK(theirs->position_m == Approx(mine->position_m));
  for (std::size_t i = 0; i < bytes.size(); i += 97) {
    auto damaged = bytes;
    damaged[i] ^= 0x10U;
    base::ByteReader reader(damaged);
    FibrePeak other(settings());
    CHECK_FALSE(other.load(reader));
    CHECK_FALSE(other.look({base::from_us(1), {}, false}, pipe.values));
  }
  auto longer = settings();
  longer.zones = 201;
  FibrePeak other(longer);
  base::ByteReader reader(bytes);
  CHECK_FALSE(other.load(reader));
}

TEST_CASE("the largest fibre saves within 8 KiB, and a trace takes nothing from the heap") {
  auto s = settings();
  s.zones = 900;
  REQUIRE(valid(s));
  Pipe pipe(s);
  pipe.learn(60);
  base::ByteWriter out;
  pipe.detector.save(out);
  CHECK(out.take().size() <= 8192);
  const auto before = rules::test::allocations();
  pipe.detector.look({base::from_us((pipe.now + 300) * 1'000'000), {}, false}, pipe.values);
  CHECK(rules::test::allocations() == before);
  CHECK(pipe.detector.bytes() <= 900 * 32);
  s.zones = 901;
  CHECK_FALSE(valid(s));
}
