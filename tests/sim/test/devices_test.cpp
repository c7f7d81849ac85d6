// The register map, the dynamics and the faults of each device.
#include "sim/devices/dts.hpp"
#include "sim/devices/intesis_dali.hpp"
#include "sim/devices/lane_counter.hpp"
#include "sim/devices/light_schedule.hpp"
#include "sim/devices/sdm630.hpp"
#include "sim/devices/seahawk.hpp"
#include "sim/test/device_helpers.hpp"
#include "support/catch.hpp"

using namespace wayside::sim;
using namespace wayside::sim::test;

namespace {
constexpr double kNight = 22.0, kNoon = 12.0;
}

TEST_CASE("lamps burn by night, dimmed late, and not by day", "[sim]") {
  CHECK(scheduled_light_level(at_hour(kNoon)) == 0);
  CHECK(scheduled_light_level(at_hour(17.5)) == 0);
  CHECK(scheduled_light_level(at_hour(kNight)) == 100);
  CHECK(scheduled_light_level(at_hour(23.5)) == 60);
}

TEST_CASE("the meter shows about 230 V, the sum of the lit lamps, and counts energy", "[sim]") {
  IntesisDali lamps({20, 1});
  Sdm630 meter({20, 80, 2});
  meter.serve(lamps);
  run(lamps, 1, kNight);
  run(meter, 1, kNight);
  CHECK(real(meter, 0x0000) == Approx(230).margin(10));
  CHECK(real(meter, 0x0034) == Approx(20 * 80).epsilon(0.03));
  CHECK(real(meter, 0x000C) + real(meter, 0x000E) + real(meter, 0x0010) == Approx(real(meter, 0x0034)).epsilon(1e-4));
  CHECK(real(meter, 0x0006) * real(meter, 0x0000) == Approx(real(meter, 0x0012)).epsilon(1e-4));
  const double before = real(meter, 0x0156);
  run(meter, 60, kNight, 60);  // an hour
  CHECK(real(meter, 0x0156) - before == Approx(1.6).epsilon(0.05));
  run(lamps, 1, kNoon);
  run(meter, 1, kNoon);
  CHECK(real(meter, 0x0034) < 50);
}

TEST_CASE("the meter refuses more than 80 registers and holes in its map", "[sim]") {
  const Sdm630 meter({1, 80, 1});
  CHECK(meter.read(Table::input, 0, 80).has_value());
  CHECK(meter.read(Table::input, 0, 81).error() == Exception::illegal_value);
  CHECK(meter.read(Table::input, 0x0140, 2).error() == Exception::illegal_address);
  CHECK(meter.read(Table::coils, 0, 1).error() == Exception::illegal_function);
}

TEST_CASE("a lost phase has no voltage and no current until cleared", "[sim]") {
  Sdm630 meter({30, 80, 1});
  REQUIRE(meter.fault("phase-loss L2").has_value());
  run(meter, 1, kNight);
  CHECK(real(meter, 0x0002) < 20);
  CHECK(real(meter, 0x0008) == Approx(0).margin(0.01));
  CHECK(real(meter, 0x0000) > 200);
  REQUIRE(meter.fault("clear").has_value());
  run(meter, 1, kNight);
  CHECK(real(meter, 0x0002) > 200);
}

TEST_CASE("a lamp shows status and level, fails and comes back", "[sim]") {
  IntesisDali lamps({20, 1});
  run(lamps, 1, kNight);
  CHECK(word(lamps, 305) == 4);
  CHECK(word(lamps, 306, Table::holding) == 100);
  CHECK(word(lamps, 307) == 6);
  REQUIRE(lamps.fault("lamp-fail 3").has_value());
  REQUIRE(lamps.fault("gear-fail 17").has_value());
  run(lamps, 1, kNight);
  CHECK(word(lamps, 305) == 2);
  CHECK(word(lamps, 306) == 0);
  CHECK(word(lamps, 1705) == 1);
  CHECK(word(lamps, 0) == 1U << 3U);  // failure bit fields, on every base
  CHECK(word(lamps, 1) == 1U << 1U);
  REQUIRE(lamps.fault("lamp-ok 3").has_value());
  run(lamps, 1, kNight);
  CHECK(word(lamps, 305) == 4);
}

TEST_CASE("day-burn lights the lamps at noon", "[sim]") {
  IntesisDali lamps({2, 1});
  run(lamps, 1, kNoon);
  CHECK(word(lamps, 5) == 0);
  REQUIRE(lamps.fault("day-burn on").has_value());
  run(lamps, 1, kNoon);
  CHECK(word(lamps, 5) == 4);
  CHECK(lamps.light()[0] == Approx(1));
}

TEST_CASE("a written level holds until the schedule's next step", "[sim]") {
  IntesisDali lamps({2, 1});
  run(lamps, 1, kNight);
  REQUIRE(lamps.write(115, {127}).has_value());
  CHECK(word(lamps, 106) == 50);
  run(lamps, 1, kNight);
  CHECK(word(lamps, 106) == 50);
  CHECK(word(lamps, 6) == 100);
  run(lamps, 1, 23.5);
  CHECK(word(lamps, 106) == 60);
  CHECK(lamps.write(115, {256}).error() == Exception::illegal_value);
  CHECK(lamps.write(105, {1}).error() == Exception::illegal_address);
}

TEST_CASE("a leak warms its zone, raises prealarm and then leak_alarm, and tells its place", "[sim]") {
  Dts fibre({32, 50, 7});
  run(fibre, 4, kNight);
  constexpr int kZone25 = 16 + 24 * 8;  // 1200..1250 m
  CHECK(word(fibre, 4) == 32);
  const int before = signed_word(fibre, kZone25 + 1);
  CHECK(word(fibre, kZone25 + 4) == 0);
  REQUIRE(fibre.fault("leak 1240").has_value());
  bool was_only_prealarm = false;
  for (int i = 0; i < 100; ++i) {
    run(fibre, 0.1, kNight);
    was_only_prealarm = was_only_prealarm || (word(fibre, kZone25 + 4) & 3U) == 2U;
  }
  run(fibre, 10, kNight);
  CHECK(was_only_prealarm);
  CHECK((word(fibre, kZone25 + 4) & 11U) == 11U);
  CHECK(word(fibre, 16 + 24, Table::discrete_inputs) == 1);
  CHECK(signed_word(fibre, kZone25 + 1) - before > 40);
  CHECK(u32(fibre, kZone25 + 2) / 10.0 == Approx(1240).margin(2));
  CHECK(word(fibre, kZone25 + 8 + 4) == 0);
  REQUIRE(fibre.fault("leak-stop").has_value());
  run(fibre, 4, kNight);
  CHECK(word(fibre, kZone25 + 4) == 0);
}

TEST_CASE("the trace sequence counts every two seconds and stands still when frozen", "[sim]") {
  Dts fibre({4, 50, 7});
  run(fibre, 0.1, kNight);
  const unsigned first = word(fibre, 1);
  run(fibre, 10, kNight, 60);
  CHECK(word(fibre, 1) == first + 5);
  REQUIRE(fibre.fault("freeze on").has_value());
  run(fibre, 10, kNight);
  CHECK(word(fibre, 1) == first + 5);
}

TEST_CASE("a fibre break sets its bit and position and holds the zones behind it", "[sim]") {
  Dts fibre({4, 50, 7});
  run(fibre, 2, kNight);
  REQUIRE(fibre.fault("fibre-break 75.5").has_value());
  run(fibre, 2, kNight);
  CHECK(word(fibre, 0) == 1);
  CHECK(u32(fibre, 2) == 755);
  const auto behind = fibre.read(Table::input, 16 + 24, 5);
  run(fibre, 20, kNight);
  CHECK(*fibre.read(Table::input, 16 + 24, 5) == *behind);
  REQUIRE(fibre.fault("fibre-ok").has_value());
  run(fibre, 2, kNight);
  CHECK(word(fibre, 0) == 0);
}

TEST_CASE("the cable locates a leak in decimetres and as swapped float, and tells a break", "[sim]") {
  Seahawk cable({300, 1});
  run(cable, 1, kNight);
  CHECK(word(cable, 0) == 0);
  CHECK(word(cable, 4) == 3000);
  CHECK(real_low_first(cable, 8002) == Approx(300));
  REQUIRE(cable.fault("leak 123.4").has_value());
  run(cable, 15, kNight);
  CHECK(word(cable, 0) == 9);
  CHECK(word(cable, 1) == 1234);
  CHECK(word(cable, 3) > 120);
  CHECK(real_low_first(cable, 8000) == Approx(123.4));
  REQUIRE(cable.fault("leak-stop").has_value());
  run(cable, 10, kNight);
  CHECK(word(cable, 0) == 0);
  REQUIRE(cable.fault("break").has_value());
  run(cable, 1, kNight);
  CHECK(word(cable, 0) == 10);
  REQUIRE(cable.fault("ok").has_value());
  run(cable, 1, kNight);
  CHECK(word(cable, 0) == 0);
}

TEST_CASE("traffic follows the hour, and volume, speed and occupancy fit together", "[sim]") {
  LaneCounter rush({.lanes = 1, .seed = 3});
  LaneCounter night({.lanes = 1, .seed = 3});
  run(rush, 600, 17.0, 10);
  run(night, 600, 3.0, 10);
  CHECK(word(rush, 2) == 60);
  CHECK(word(rush, 3) == 1);
  CHECK(u32(rush, 16) > 10 * u32(night, 16));
  const double flow = u32(rush, 16) * 3600.0 / 6000.0;
  const double fitting = flow * 6.7 / (word(rush, 19) / 10.0 * 10.0);  // percent
  CHECK(word(rush, 18) / 10.0 == Approx(fitting).epsilon(0.6));
  CHECK(u32(rush, 20) < u32(rush, 16) / 4);
}

TEST_CASE("a stuck lane counts nothing; wrong way passes; reset starts the counters anew", "[sim]") {
  LaneCounter station({.lanes = 2, .interval = 1, .seed = 3});
  run(station, 60, 17.0, 10);
  REQUIRE(station.fault("stuck 1").has_value());
  REQUIRE(station.fault("stuck-off 2").has_value());
  run(station, 2, 17.0, 10);
  const auto volume = u32(station, 16);
  run(station, 60, 17.0, 10);
  CHECK(u32(station, 16) == volume);
  CHECK(word(station, 18) == 1000);
  CHECK(word(station, 22) == 1);
  CHECK(word(station, 34) == 0);
  CHECK(word(station, 38) == 0);
  REQUIRE(station.fault("clear").has_value());
  REQUIRE(station.fault("wrong-way L2").has_value());
  run(station, 1, 17.0);
  CHECK(word(station, 38) == 2);
  run(station, 31, 17.0);
  CHECK(word(station, 38) == 0);
  REQUIRE(station.fault("reset").has_value());
  run(station, 0.1, 17.0);
  CHECK(u32(station, 16) < volume);
}

TEST_CASE("the same seed gives the same registers", "[sim]") {
  Dts one({4, 50, 9}), two({4, 50, 9}), other({4, 50, 10});
  for (auto* fibre : {&one, &two, &other}) run(*fibre, 10, kNight);
  CHECK(*one.read(Table::input, 16, 32) == *two.read(Table::input, 16, 32));
  CHECK(*one.read(Table::input, 16, 32) != *other.read(Table::input, 16, 32));
}

TEST_CASE("a wrong fault changes nothing and says what is near", "[sim]") {
  Dts fibre({4, 50, 9});
  CHECK(fibre.fault("leek 3").error().what == "unknown fault 'leek' (nearest: 'leak')");
  CHECK(fibre.fault("leak").error().what == "usage: leak METRES");
  CHECK(fibre.fault("leak abc").error().what == "'leak': abc is not METRES");
  CHECK(fibre.fault("leak 5000").error().what == "'leak': METRES 5000 is outside 0..199");
  CHECK(fibre.fault("freeze maybe").error().what == "'freeze': maybe is not on|off");
  CHECK(fibre.fault("leak-stop now").error().what == "'leak-stop' takes no argument");
  CHECK_FALSE(fibre.fault("  ").has_value());
}
