#include "pipeline/quality_measures.hpp"

#include "pipeline/dead_band_filter.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using model::Quality;
using pipeline::Fault;

base::BootTime at(std::chrono::microseconds t) { return base::BootTime{} + t; }

struct World {
  World() {
    for (const auto* name : {"a", "b"}) {
      model::PointInfo info;
      info.device = model::DeviceId{"d-1"};
      info.name = name;
      info.period = 10s;
      points.add(std::move(info));
    }
    model::PointInfo computed;
    computed.device = model::DeviceId{"d-1"};
    computed.name = "asset_running_hours";
    computed.derived = true;
    points.add(std::move(computed));
    measures = std::make_unique<pipeline::QualityMeasures>(points, std::vector{model::DeviceId{"d-1"}}, at(0s));
  }
  void put(std::uint32_t point, std::chrono::microseconds t, Quality quality = Quality::good, int fault = -1) {
    pipeline::Verdict verdict;
    if (fault >= 0) verdict.set(static_cast<Fault>(1U << static_cast<unsigned>(fault)));
    measures->count({model::PointHandle{point}, 1.0, quality, at(t)}, verdict, at(t));
  }
  void run(std::chrono::seconds from, std::chrono::seconds to) {
    for (auto t = from + 1s; t < to; t += 10s) {
      put(0, t);
      put(1, t);
    }
  }
  model::PointTable points;
  std::unique_ptr<pipeline::QualityMeasures> measures;
};

}  // namespace

TEST_CASE("an hour without a fault is whole") {
  World world;
  world.run(0s, 3600s);
  const auto hour = world.measures->device_hour(0, at(1h));
  CHECK(hour.covered == 1h);
  CHECK(hour.expected == 720);
  CHECK(hour.received == 720);
  CHECK(model::completeness(hour) == 10'000U);
  CHECK(model::accuracy(hour) == 10'000U);
  CHECK(world.measures->points_of(0, std::nullopt, false, at(1h)).empty());
  CHECK(world.measures->points_of(0, std::nullopt, true, at(1h)).size() == 2);
}

TEST_CASE("what did not come is missing, from the start of the configuration on") {
  World world;
  world.run(0s, 1800s);
  const auto hour = world.measures->device_hour(0, at(1h));
  CHECK(hour.expected == 720);
  CHECK(model::completeness(hour) == 5'000U);
  CHECK(model::accuracy(hour) == 10'000U);
  CHECK(world.measures->points_of(0, std::nullopt, false, at(1h)).size() == 2);
}

TEST_CASE("shortly after the start only so much is expected") {
  World world;
  world.run(0s, 60s);
  CHECK(world.measures->device_hour(0, at(60s)).expected == 12);
  CHECK(model::completeness(world.measures->device_hour(0, at(60s))) == 10'000U);
  World none;
  CHECK_FALSE(model::accuracy(none.measures->device_hour(0, at(60s))));
}

TEST_CASE("the hour forgets, the day remembers, and the day forgets too") {
  World world;
  world.put(0, 5s, Quality::uncertain_range_exceeded, 0);
  CHECK(world.measures->device_hour(0, at(1min)).inaccurate == 1);
  CHECK(world.measures->device_hour(0, at(2h)).inaccurate == 0);
  CHECK(world.measures->device_day(0, at(2h)).inaccurate == 1);
  CHECK(world.measures->device_day(0, at(26h)).inaccurate == 0);
  CHECK(world.measures->device_day(0, at(26h)).covered <= 25h);
}

TEST_CASE("a ring that slept longer than it is long holds nothing old") {
  World world;
  world.put(0, 5s);
  world.put(0, 100h);
  const auto day = world.measures->device_day(0, at(100h));
  CHECK(day.received == 1);
  CHECK(world.measures->device_hour(0, at(100h)).received == 1);
}

TEST_CASE("each fault counts against its measure, and silence against completeness alone") {
  World world;
  world.put(0, 1s, Quality::uncertain_sub_normal, 2);   // rate
  world.put(0, 2s, Quality::uncertain, 5);              // type
  world.put(0, 3s, Quality::good, 10);                  // late
  world.put(0, 4s, Quality::bad_no_communication, 11);  // silent
  world.put(0, 5s, Quality::bad_sensor_failure, 1);     // sentinel
  const auto hour = world.measures->device_hour(0, at(1min));
  CHECK(hour.judged == 4);
  CHECK(hour.received == 3);
  CHECK(hour.inaccurate == 2);
  CHECK(hour.inconsistent == 1);
  CHECK(hour.late == 1);
}

TEST_CASE("a share is rounded down: only all is 100 %") {
  CHECK(model::share(999'999, 1'000'000) == 9'999U);
  CHECK(model::share(5, 4) == 10'000U);
  CHECK_FALSE(model::share(0, 0));
}

namespace {

struct Band {
  explicit Band(model::DeadBand band) {
    model::PointInfo info;
    info.device = model::DeviceId{"d-1"};
    info.name = "a";
    info.period = 1s;
    info.dead_band = band;
    points.add(std::move(info));
    filter = std::make_unique<pipeline::DeadBandFilter>(points);
  }
  bool tells(std::chrono::microseconds t, model::Value value, Quality quality = Quality::good) {
    return filter->tells({model::PointHandle{0}, std::move(value), quality, at(t)});
  }
  model::PointTable points;
  std::unique_ptr<pipeline::DeadBandFilter> filter;
};

}  // namespace

TEST_CASE("a change smaller than the dead band is held back, a slow drift is told in the end") {
  Band band({0.5, 0, 1h});
  CHECK(band.tells(1s, 10.0));
  CHECK_FALSE(band.tells(2s, 10.2));
  CHECK_FALSE(band.tells(3s, 10.4));
  CHECK(band.tells(4s, 10.6));
  CHECK_FALSE(band.tells(5s, 10.2));
  CHECK(band.tells(6s, 10.1));  // 0.5 from what was told
}

TEST_CASE("a band in percent goes with the value told, the larger limit counts") {
  Band band({1, 10, 1h});
  CHECK(band.tells(1s, 100.0));
  CHECK_FALSE(band.tells(2s, 109.0));
  CHECK(band.tells(3s, 111.0));
  CHECK(band.tells(4s, 2.0));
  CHECK_FALSE(band.tells(5s, 2.9));
  CHECK(band.tells(6s, 3.0));
}

TEST_CASE("quality is told at once, both ways, and a value at least every at_least") {
  Band band({5, 0, 10s});
  CHECK(band.tells(1s, 10.0));
  CHECK(band.tells(2s, 10.0, Quality::bad_no_communication));
  CHECK_FALSE(band.tells(3s, 10.0, Quality::bad_no_communication));
  CHECK(band.tells(4s, 10.0));
  for (int i = 5; i < 14; ++i) CHECK_FALSE(band.tells(std::chrono::seconds{i}, 10.0));
  CHECK(band.tells(14s, 10.0));
}

TEST_CASE("a band of zero tells changes only; truths and texts are told when they change") {
  Band band({0, 0, 1h});
  CHECK(band.tells(1s, std::int64_t{1}));
  CHECK_FALSE(band.tells(2s, std::int64_t{1}));
  CHECK(band.tells(3s, std::int64_t{2}));
  CHECK(band.tells(4s, true));
  CHECK_FALSE(band.tells(5s, true));
  CHECK(band.tells(6s, false));
  CHECK(band.tells(7s, std::string("a")));
  CHECK(band.tells(8s, std::string("b")));
}
