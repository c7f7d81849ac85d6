#include "streetlight/streetlight.hpp"

#include "common/test/frames.hpp"

namespace wayside::drivers {
namespace {

using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using model::Quality;
using test::load_image;
using test::number_of;
using test::sample_of;

PointSpec status_bit(std::string name, int bit, std::string role) {
  PointSpec point;
  point.name = std::move(name);
  point.kind = RegisterKind::input;
  point.address = 5;
  point.bit = bit;
  point.role = std::move(role);
  return point;
}

device::Profile dali() {
  device::PointGroup lamp{"lamp", "lamps", 0, 3, 64, 100, {}};
  lamp.points = {status_bit("gear_failure", 0, "gear_failure"), status_bit("lamp_failure", 1, "lamp_failure"),
                 status_bit("lamp_on", 2, "lamp_on")};
  PointSpec level;
  level.name = "level";
  level.kind = RegisterKind::input;
  level.address = 6;
  level.role = "level";
  level.valid_max = 100;
  lamp.points.push_back(level);
  device::Profile profile;
  profile.groups = {lamp};
  return profile;
}

device::Profile meter() {
  device::Profile profile;
  for (const auto& [name, address] : {std::pair{"voltage_l1", 0}, std::pair{"power_total", 0x34}}) {
    PointSpec point;
    point.name = name;
    point.kind = RegisterKind::input;
    point.address = static_cast<std::uint16_t>(address);
    point.encoding = Encoding::f32;
    profile.points.push_back(point);
  }
  profile.max_read_registers = 80;
  return profile;
}

std::unique_ptr<device::Driver> make(device::Profile profile, device::Options options = {}) {
  auto driver = streetlight_family().make({std::move(profile), std::move(options), std::chrono::seconds{1}});
  REQUIRE(driver.has_value());
  return std::move(*driver);
}

std::string frames(const std::string& name) { return WAYSIDE_FRAMES "/" + name; }

TEST_CASE("each lamp of a DALI gateway has its own failure, state and level") {
  const auto driver = make(dali());
  const auto result = driver->decode({load_image(frames("intesis-dali-three-lamps.hex")), {}, {}}, {});
  CHECK(sample_of(*driver, result, "lamp-0.lamp_on").value == model::Value(true));
  CHECK(sample_of(*driver, result, "lamp-0.lamp_failure").value == model::Value(false));
  CHECK(number_of(*driver, result, "lamp-0.level") == 80.0);
  CHECK(sample_of(*driver, result, "lamp-1.lamp_failure").value == model::Value(true));
  CHECK(sample_of(*driver, result, "lamp-2.gear_failure").value == model::Value(true));
  CHECK(sample_of(*driver, result, "lamp-2.level").quality == Quality::uncertain_range_exceeded);
}

TEST_CASE("the device tells how many of its lamps have failed") {
  const auto driver = make(dali());
  const auto result = driver->decode({load_image(frames("intesis-dali-three-lamps.hex")), {}, {}}, {});
  const auto failed = sample_of(*driver, result, "lamps_failed");
  CHECK(failed.value == model::Value(std::int64_t{1}));
  CHECK(failed.quality == Quality::good);
  CHECK(test::find_spec(*driver, "lamps_failed")->labels.empty());
}

TEST_CASE("a count over only some of the lamps is uncertain") {
  const auto driver = make(dali());
  device::RegisterImage image;
  image.add({RegisterKind::input, 105, 2}, {0x0002, 0});
  const auto result = driver->decode({image, {}, {}}, {});
  const auto failed = sample_of(*driver, result, "lamps_failed");
  CHECK(failed.value == model::Value(std::int64_t{1}));
  CHECK(failed.quality == Quality::uncertain_sub_normal);
}

TEST_CASE("a read without any lamp says nothing about lamps") {
  const auto driver = make(dali());
  CHECK(driver->decode({}, {}).samples.empty());
}

TEST_CASE("nothing is added to a meter") {
  const auto driver = make(meter());
  CHECK(driver->points().size() == 2);
  const auto result = driver->decode({load_image(frames("eastron-sdm630.hex")), {}, {}}, {});
  CHECK(result.samples.size() == 2);
  CHECK(number_of(*driver, result, "voltage_l1") == Approx(230.2).epsilon(1e-6));
  CHECK(number_of(*driver, result, "power_total") == Approx(1500.0));
}

TEST_CASE("the number of lamps is an option with a limit") {
  CHECK(make(dali(), {{"lamps", "64"}})->points().size() == 64 * 4 + 1);
  const auto refused = streetlight_family().make({dali(), {{"lamps", "65"}}, std::chrono::seconds{1}});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == base::Errc::config);
  CHECK(refused.error().what.find("lamps") != std::string::npos);
}

TEST_CASE("a profile may not use a name that the family computes") {
  auto profile = dali();
  profile.points.push_back(status_bit("lamps_failed", 0, ""));
  CHECK(streetlight_family().make({profile, {}, std::chrono::seconds{1}}).has_error());
}

device::Profile relays() {
  device::PointGroup relay{"relay", "relays", 1, 2, 6, 1, {}};
  for (const auto& [name, kind, address] :
       {std::tuple{"relay_command", RegisterKind::coil, 0}, std::tuple{"relay_real", RegisterKind::discrete, 96}}) {
    PointSpec point;
    point.name = point.role = name;
    point.kind = kind;
    point.address = static_cast<std::uint16_t>(address);
    point.encoding = Encoding::bit;
    relay.points.push_back(point);
  }
  device::Profile profile;
  profile.groups = {relay};
  return profile;
}

TEST_CASE("a relay that is not in the state it was told to be in is told, each on its own") {
  const auto driver = make(relays());
  device::RegisterImage image;
  image.add({RegisterKind::coil, 0, 2}, {1, 1});
  image.add({RegisterKind::discrete, 96, 2}, {1, 0});
  const auto result = driver->decode({image, {}, {}}, {});
  CHECK(sample_of(*driver, result, "relay-1.relay_mismatch").value == model::Value(false));
  CHECK(sample_of(*driver, result, "relay-2.relay_mismatch").value == model::Value(true));
}

TEST_CASE("nothing is said of a relay that was read by half") {
  const auto driver = make(relays());
  device::RegisterImage image;
  image.add({RegisterKind::coil, 0, 2}, {1, 1});
  CHECK(driver->decode({image, {}, {}}, {}).samples.size() == 2);
}

TEST_CASE("a relay command without its real state is refused") {
  auto profile = relays();
  profile.groups[0].points.pop_back();
  const auto refused = streetlight_family().make({profile, {}, std::chrono::seconds{1}});
  REQUIRE(refused.has_error());
  CHECK(refused.error().what.find("relay_real") != std::string::npos);
}

}  // namespace
}  // namespace wayside::drivers
