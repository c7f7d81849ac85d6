#include "device/firmware_version.hpp"

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using device::compare_firmware;

TEST_CASE("versions are compared number by number, not letter by letter") {
  CHECK((compare_firmware("2.9", "2.10") < 0));
  CHECK((compare_firmware("2.3", "2.3.0") == 0));
  CHECK((compare_firmware("2.3.0.1", "2.3") > 0));
  CHECK((compare_firmware("V1.04", "1.4") == 0));
  CHECK((compare_firmware("1.4", "1.4b") < 0));
  CHECK((compare_firmware("1.4a", "1.4B") < 0));
  CHECK((compare_firmware("2.3-rc1", "2.3") < 0));
  CHECK((compare_firmware("2.3-rc2", "2.3-rc10") < 0));
  CHECK((compare_firmware(" 1.2\0", "1.2") == 0));
  CHECK((compare_firmware("", "0.0") == 0));
  CHECK((compare_firmware("99999999999999999999999", "99999999999999999999998") > 0));  // beyond any integer
}

TEST_CASE("a point is there from its first version up to, not including, its last") {
  device::PointSpec point;
  point.since_firmware = "2.3.0";
  point.until_firmware = "3";
  CHECK_FALSE(device::has_point("2.2.9", point));
  CHECK(device::has_point("2.3", point));
  CHECK(device::has_point("2.99", point));
  CHECK_FALSE(device::has_point("3.0.0", point));
  CHECK(device::has_point("", point));  // not known: asked, and parked if refused
  CHECK(device::has_point("0.1", device::PointSpec{}));
}
