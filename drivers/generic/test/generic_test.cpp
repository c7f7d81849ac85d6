#include "generic/generic.hpp"

#include "common/test/frames.hpp"

namespace wayside::drivers {
namespace {

using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using model::Quality;

PointSpec input(std::string name, std::uint16_t address, Encoding encoding) {
  PointSpec point;
  point.name = std::move(name);
  point.kind = RegisterKind::holding;
  point.address = address;
  point.encoding = encoding;
  return point;
}

device::Profile two_points() {
  device::Profile profile;
  profile.points = {input("current", 40072, Encoding::f32), input("events", 40194, Encoding::u32)};
  return profile;
}

TEST_CASE("a generic device has the points of its profile and no other") {
  const auto driver = generic_family().make({two_points(), {}, std::chrono::seconds{1}});
  REQUIRE(driver.has_value());
  REQUIRE((*driver)->points().size() == 2);
  const auto image = test::load_image(WAYSIDE_FRAMES "/sunspec-meter-213.hex");
  const auto decoded = (*driver)->decode({image, {}, {}}, {});
  CHECK(test::number_of(**driver, decoded, "current") == Approx(12.5));
  CHECK(test::number_of(**driver, decoded, "events") == 4.0);
}

TEST_CASE("a generic device asks nothing of the roles of its points") {
  auto profile = two_points();
  profile.points[0].role = "anything";
  CHECK(generic_family().make({profile, {}, std::chrono::seconds{1}}).has_value());
}

TEST_CASE("what a read did not bring has no sample, and the state is handed back as it came") {
  const auto driver = generic_family().make({two_points(), {}, std::chrono::seconds{1}});
  REQUIRE(driver.has_value());
  device::RegisterImage image;
  image.add({RegisterKind::holding, 40072, 2}, {0x4148, 0x0000});
  const auto decoded = (*driver)->decode({image, {}, {}}, {7, 8});
  CHECK(decoded.samples.size() == 1);
  CHECK(decoded.state == device::DriverState{7, 8});
}

TEST_CASE("a profile that cannot be read is refused") {
  auto profile = two_points();
  profile.max_read_registers = 1;
  CHECK(generic_family().make({profile, {}, std::chrono::seconds{1}}).has_error());
}

}  // namespace
}  // namespace wayside::drivers
