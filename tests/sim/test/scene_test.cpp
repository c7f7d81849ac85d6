// Recordings, scene files, the world and its script.
#include "sim/scene.hpp"
#include "sim/devices/lane_counter.hpp"
#include "sim/devices/recording.hpp"
#include "sim/local_time.hpp"
#include "sim/test/device_helpers.hpp"
#include "sim/world.hpp"
#include "support/catch.hpp"

using namespace wayside::sim;
using namespace wayside::sim::test;

namespace {

const char* const kCsv =
    "timestamp,value\n"
    "2015-09-01 11:30:00,10\n"
    "2015-09-01 11:35:00,20\n"
    "2015-09-01 11:50:00,30\n";

const std::string kScene = R"(
seed: 7
start: "2015-09-01T22:00:00"
lines:
  - {name: pump, tcp: 127.0.0.1:0}
devices:
  - {name: fibre-1, line: pump, unit: 1, kind: dts, zones: 4, zone_length: 50}
script:
  - {at: 2s, target: fibre-1, fault: "fibre-break 75"}
  - {at: 1s, target: fibre-1, fault: "leek 3"}
)";

std::string error_of(const std::string& yaml) {
  const auto scene = parse_scene(yaml, "");
  return scene ? "" : scene.error().what;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("local times and durations are read strictly", "[sim]") {
  CHECK(parse_local_time("2015-09-01T18:00:00") == parse_local_time("2015-09-01 18:00:00"));
  CHECK_FALSE(parse_local_time("2015-02-30T18:00:00"));
  CHECK_FALSE(parse_local_time("2015-09-01T1x:00:00"));
  CHECK(parse_duration("1.5s") == std::chrono::milliseconds{1500});
  CHECK(parse_duration("2m") == std::chrono::milliseconds{120'000});
  CHECK_FALSE(parse_duration("5"));
  CHECK_FALSE(parse_duration("5d"));
}

TEST_CASE("a tape goes a row each `every`, or by the rows' times, and starts again", "[sim]") {
  const auto recording = Recording::parse(kCsv);
  REQUIRE(recording.has_value());
  Tape rows({*recording}, std::chrono::seconds{2});
  CHECK(rows.value(0) == 10);
  rows.advance(2, 0);
  CHECK(rows.value(0) == 20);
  rows.advance(2, 0);
  CHECK(rows.value(0) == 30);
  rows.advance(2, 0);
  CHECK(rows.value(0) == 10);
  Tape times({*recording}, std::chrono::seconds{0});
  times.advance(0, 299);
  CHECK(times.value(0) == 10);
  times.advance(0, 2);
  CHECK(times.value(0) == 20);
  times.advance(0, 898);
  CHECK(times.value(0) == 20);
  times.advance(0, 1);
  CHECK(times.value(0) == 30);
}

TEST_CASE("a broken recording names its line", "[sim]") {
  CHECK(Recording::parse("timestamp,value\n2015-09-01 11:30:00,10\nnonsense\n").error().what ==
        "line 3: not `timestamp,value`: 'nonsense'");
  CHECK_FALSE(Recording::parse("timestamp,value\n").has_value());
  CHECK_FALSE(Recording::load("/nowhere.csv").has_value());
}

TEST_CASE("a recorded lane shows the recording and derives its volume from it", "[sim]") {
  const auto speed = Recording::parse("t,v\n2015-09-01 11:30:00,50\n2015-09-01 12:30:00,60\n");
  const auto occupancy = Recording::parse("t,v\n2015-09-01 11:30:00,6.7\n2015-09-01 12:30:00,6.7\n");
  LaneCounter::Setup setup{.lanes = 2, .interval = 1};
  setup.every = std::chrono::hours{1};
  setup.tracks.push_back({1, LaneCounter::Register::speed, 2.0, *speed});
  setup.tracks.push_back({1, LaneCounter::Register::occupancy, 1.0, *occupancy});
  LaneCounter station(std::move(setup));
  run(station, 360, 3.0, 10);        // an hour
  CHECK(word(station, 19) == 1000);  // 50 * 2.0 km/h
  CHECK(word(station, 18) == 67);
  CHECK(u32(station, 16) == Approx(1000).margin(2));  // 6.7 % of 100 km/h at 6.7 m each
}

TEST_CASE("a scene is read and its script runs in the order of time", "[sim]") {
  const auto scene = parse_scene(kScene, "");
  REQUIRE(scene.has_value());
  CHECK(scene->lines[0].host == "127.0.0.1");
  CHECK(scene->devices[0].numbers.at("zones") == 4);
  auto world = World::create(*scene);
  REQUIRE(world.has_value());
  std::vector<std::string> told;
  for (int i = 0; i < 25; ++i) {
    (*world)->advance([&told](const ScriptStep& step, const wayside::base::Result<void>& outcome) {
      told.push_back(step.fault + (outcome ? " ok" : " failed"));
    });
  }
  CHECK(told == std::vector<std::string>{"leek 3 failed", "fibre-break 75 ok"});
  CHECK(word((*world)->device("fibre-1"), 0) == 1);
  CHECK((*world)->fault("fibre-2", "leak 3").error().what == "unknown target 'fibre-2' (nearest: 'fibre-1')");
  CHECK((*world)->list()[0].starts_with("fibre-1 dts pump:1 silent on|off, "));
}

TEST_CASE("errors of a scene name place and nearest word", "[sim]") {
  CHECK(error_of(replaced(kScene, "zones:", "zoned:")) ==
        "7:53: device of kind dts: unknown key 'zoned' (nearest: 'zones')");
  CHECK(error_of(replaced(kScene, "kind: dts", "kind: dtx")).find("unknown kind 'dtx' (nearest: 'dts')") !=
        std::string::npos);
  CHECK(error_of(replaced(kScene, "line: pump", "line: pumb")).find("line 'pumb' is not there (nearest: 'pump')") !=
        std::string::npos);
  CHECK(error_of(replaced(kScene, "at: 2s", "at: 2")).find("must be a duration") != std::string::npos);
  CHECK(error_of(replaced(kScene, "unit: 1", "unit: 248")).find("must be within 1..247") != std::string::npos);
  CHECK_FALSE(error_of("lines: []").empty());
  CHECK_FALSE(error_of("[unclosed").empty());
}

TEST_CASE("the demo scene is valid and its recording is there", "[sim]") {
  const auto scene = load_scene(WAYSIDE_SIM_DIR "/scenes/demo.yaml");
  REQUIRE(scene.has_value());
  auto world = World::create(*scene);
  REQUIRE(world.has_value());
  CHECK(word((*world)->device("lamps-1"), 5) == 4);
  CHECK(word((*world)->device("tc-1"), 19) == 1014);  // 63 mph at 11:30, the first row both series have
}
