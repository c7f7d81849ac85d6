#include "bus/line_timing.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

TEST_CASE("the silent gap is 3.5 characters up to 19,200 baud and 1.75 ms above") {
  CHECK(bus::frame_gap(9600).count() == 4011);
  CHECK(bus::frame_gap(19'200).count() == 2006);
  CHECK(bus::frame_gap(38'400).count() == 1750);
  CHECK(bus::frame_gap(115'200).count() == 1750);
}

TEST_CASE("characters have 10 bits, 11 with parity or a second stop bit") {
  CHECK(bus::time_on_wire(8, 9600, false, 1).count() == 8334);
  CHECK(bus::time_on_wire(8, 9600, true, 1).count() == 9167);
  CHECK(bus::time_on_wire(8, 9600, false, 2).count() == 9167);
  CHECK(bus::time_on_wire(0, 9600, false, 1).count() == 0);
}
