#include <cerrno>

#include "bus/fault_map.hpp"
#include "bus/line_timing.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

TEST_CASE("the silent gap is 3.5 characters up to 19,200 baud and 1.75 ms above") {
  CHECK(bus::frame_gap(9600).count() == 4011);
  CHECK(bus::frame_gap(19'200).count() == 2006);
  CHECK(bus::frame_gap(38'400).count() == 1750);
  CHECK(bus::frame_gap(115'200).count() == 1750);
}

TEST_CASE("a timeout is the device's, a broken adapter the line's") {
  CHECK(bus::to_error(ETIMEDOUT).consequence == base::Consequence::device_lost);
  CHECK(bus::to_error(ETIMEDOUT).code == base::Errc::timeout);
  CHECK(bus::to_error(EIO).code == base::Errc::io);
  CHECK(bus::line_is_lost(EIO));
}
