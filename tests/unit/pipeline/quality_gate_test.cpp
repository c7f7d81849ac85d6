#include "pipeline/quality_gate.hpp"

#include <limits>

#include "support/catch.hpp"

namespace {

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using model::Quality;
using pipeline::Fault;

constexpr model::PointHandle kPoint{0};

struct World {
  explicit World(double max_rate = 0, std::chrono::microseconds stuck_after = {}) {
    model::PointInfo info;
    info.device = model::DeviceId{"d-1"};
    info.name = "a";
    info.period = 1s;
    if (max_rate > 0) info.max_rate = max_rate;
    if (stuck_after.count() > 0) info.stuck_after = stuck_after;
    points.add(std::move(info));
    gate = std::make_unique<pipeline::QualityGate>(points);
  }
  // A sample of its own batch, taken in at once.
  pipeline::Verdict put(std::chrono::microseconds at, model::Value value, Quality quality = Quality::good) {
    reading = {kPoint, std::move(value), quality, base::BootTime{} + at};
    return gate->check(reading, reading.at, reading.at);
  }
  model::PointTable points;
  std::unique_ptr<pipeline::QualityGate> gate;
  model::Reading reading;
};

}  // namespace

TEST_CASE("what nothing is wrong with stays good") {
  World world(10, 60s);
  CHECK(world.put(1s, 5.0).faults == 0);
  CHECK(world.put(2s, 6.0).faults == 0);
  CHECK(world.reading.quality == Quality::good);
}

TEST_CASE("a spike is one fault, and the value after it is good again") {
  World world(10);
  world.put(1s, 5.0);
  CHECK(world.put(2s, 100.0).has(Fault::rate));
  CHECK(world.reading.quality == Quality::uncertain_sub_normal);
  CHECK(world.reading.value == model::Value{100.0});
  CHECK(world.put(3s, 6.0).faults == 0);
}

TEST_CASE("a change exactly as fast as allowed is good") {
  World world(10);
  world.put(1s, 5.0);
  CHECK(world.put(2s, 15.0).faults == 0);
  CHECK(world.put(3s, 25.001).has(Fault::rate));
}

TEST_CASE("a level that moved for good is accepted with the third value that agrees") {
  World world(1);
  world.put(1s, 0.0);
  CHECK(world.put(2s, 1000.0).has(Fault::rate));
  CHECK(world.put(3s, 1000.5).has(Fault::rate));
  CHECK_FALSE(world.put(4s, 1001.0).has(Fault::rate));
  CHECK_FALSE(world.put(5s, 1001.5).has(Fault::rate));
}

TEST_CASE("noise that does not agree with itself is never accepted as a level") {
  World world(1);
  world.put(1s, 0.0);
  for (int i = 2; i < 20; ++i) {
    CHECK(world.put(std::chrono::seconds{i}, i % 2 == 0 ? 1000.0 : -1000.0).has(Fault::rate));
  }
  CHECK_FALSE(world.put(20s, 1.0).has(Fault::rate));
}

TEST_CASE("a value out of range is no level to measure a rate from") {
  World world(10);
  world.put(1s, 5.0);
  const auto verdict = world.put(2s, 9999.0, Quality::uncertain_range_exceeded);
  CHECK(verdict.has(Fault::range));
  CHECK_FALSE(verdict.has(Fault::rate));
  CHECK(world.put(3s, 6.0).faults == 0);
}

TEST_CASE("a value that does not move is stuck after its time, and good with the first change") {
  World world(0, 5s);
  for (int i = 1; i <= 5; ++i) CHECK(world.put(std::chrono::seconds{i}, std::int64_t{7}).faults == 0);
  CHECK(world.put(6s, std::int64_t{7}).has(Fault::stuck));
  CHECK(world.reading.quality == Quality::uncertain_sensor_not_accurate);
  CHECK(world.put(7s, std::int64_t{7}).has(Fault::stuck));
  CHECK(world.put(8s, std::int64_t{8}).faults == 0);
}

TEST_CASE("silence does not make a value stuck") {
  World world(0, 5s);
  world.put(1s, 7.0);
  CHECK(world.put(2s, {}, Quality::bad_no_communication).has(Fault::silent));
  const auto back = world.put(3600s, 7.0);
  CHECK_FALSE(back.has(Fault::stuck));
  CHECK(back.has(Fault::late));
  CHECK_FALSE(world.put(3601s, 7.0).has(Fault::late));
}

TEST_CASE("late is measured from when the poll was due, where that is known") {
  World world;
  const auto put = [&world](std::chrono::microseconds at, std::chrono::microseconds due,
                            std::chrono::microseconds now) {
    world.reading = {kPoint, model::Value{static_cast<double>(at.count())}, Quality::good, base::BootTime{} + at};
    return world.gate->check(world.reading, world.reading.at, base::BootTime{} + now, base::BootTime{} + due);
  };
  CHECK_FALSE(put(1s, 1s, 1s).has(Fault::late));
  CHECK_FALSE(put(2900ms, 2s, 3s).has(Fault::late));
  CHECK(put(3100ms, 2s, 3001ms).has(Fault::late));   // waited for the bus
  CHECK(put(4s, 4s, 5001ms).has(Fault::late));       // waited for core
  CHECK_FALSE(put(60s, 60s, 60s).has(Fault::late));  // after a silence: its poll began when it should
}

TEST_CASE("the same text over and over is stuck too") {
  World world(0, 2s);
  world.put(1s, std::string("idle"));
  world.put(2s, std::string("idle"));
  CHECK(world.put(3s, std::string("idle")).has(Fault::stuck));
  CHECK(world.put(4s, std::string("busy")).faults == 0);
}

TEST_CASE("a value repeated or overtaken is refused; a loss at any time is not") {
  World world;
  world.put(5s, 1.0);
  const auto repeated = world.put(5s, 2.0);
  CHECK(repeated.has(Fault::repeated));
  CHECK_FALSE(repeated.accepted);
  const auto older = world.put(4s, 3.0);
  CHECK(older.has(Fault::out_of_order));
  CHECK_FALSE(older.accepted);
  CHECK(world.put(5s, {}, Quality::bad_no_communication).accepted);
  CHECK(world.put(6s, 4.0).accepted);
}

TEST_CASE("an impossible time costs the value and does not poison what follows") {
  World world;
  world.put(1s, 1.0);
  world.reading = {kPoint, 2.0, Quality::good, base::BootTime{} + 10h};
  const auto verdict = world.gate->check(world.reading, base::BootTime{} + 2s, base::BootTime{} + 2s);
  CHECK(verdict.has(Fault::impossible_time));
  CHECK(world.reading.quality == Quality::bad_invalid_timestamp);
  CHECK(world.reading.value == model::Value{});
  CHECK(world.reading.at == base::BootTime{} + 2s);
  CHECK(world.put(3s, 3.0).accepted);
  CHECK(world.put(-1s, 3.0).has(Fault::impossible_time));
}

TEST_CASE("a sample older than its batch stands in for one") {
  World world;
  world.reading = {kPoint, 2.0, Quality::good, base::BootTime{} + 1s};
  CHECK(world.gate->check(world.reading, base::BootTime{} + 2s, base::BootTime{} + 2s).has(Fault::outdated));
  CHECK(world.reading.quality == Quality::uncertain_last_usable);
}

TEST_CASE("another kind of value is told, whole numbers and fractions are one kind") {
  World world;
  world.put(1s, std::int64_t{1});
  CHECK(world.put(2s, 1.5).faults == 0);
  CHECK(world.put(3s, std::string("broken")).has(Fault::type));
  CHECK(world.reading.quality == Quality::uncertain);
}

TEST_CASE("what is not finite is a failure of the sensor") {
  World world(10);
  CHECK(world.put(1s, std::numeric_limits<double>::quiet_NaN()).has(Fault::sentinel));
  CHECK(world.reading.quality == Quality::bad_sensor_failure);
  CHECK(world.put(2s, 5.0).faults == 0);
}

TEST_CASE("the gate never makes a quality better") {
  World world(1, 1s);
  world.put(1s, 0.0);
  CHECK(world.put(2s, 1000.0, Quality::bad_sensor_failure).has(Fault::sentinel));
  CHECK(world.reading.quality == Quality::bad_sensor_failure);
  CHECK(world.put(3s, 0.0, Quality::uncertain_last_usable).has(Fault::driver));
  CHECK(world.reading.quality == Quality::uncertain_last_usable);
}
