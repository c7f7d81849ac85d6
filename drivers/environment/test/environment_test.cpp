#include "environment/environment.hpp"

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

PointSpec point(std::string name, std::uint16_t address, std::string role, double scale = 1) {
  PointSpec spec;
  spec.name = std::move(name);
  spec.kind = RegisterKind::input;
  spec.address = address;
  spec.encoding = Encoding::s16;
  spec.scale = scale;
  spec.role = std::move(role);
  spec.error_values = {{-32768, -32768}};
  return spec;
}

device::Profile station() {
  device::Profile profile;
  profile.points = {point("temperature", 1, "temperature", 0.1), point("humidity", 2, "humidity", 0.1),
                    point("pm2_5", 7, "pm2_5"), point("pm10", 8, "pm10")};
  return profile;
}

device::Profile sonar() {
  device::Profile profile;
  auto lost = point("echo_lost", 0, "echo_lost");
  lost.encoding = Encoding::u16;
  lost.bit = 0;
  profile.points = {lost, point("distance", 1, "distance", 0.001)};
  return profile;
}

std::unique_ptr<device::Driver> make(device::Profile profile, device::Options options = {}) {
  auto driver = environment_family().make({std::move(profile), std::move(options), std::chrono::seconds{1}});
  REQUIRE(driver.has_value());
  return std::move(*driver);
}

device::Decoded decode(const device::Driver& driver, const std::vector<std::pair<int, int>>& words) {
  device::RegisterImage image;
  for (const auto& [address, word] : words) {
    image.add({RegisterKind::input, static_cast<std::uint16_t>(address), 1}, {static_cast<std::uint16_t>(word)});
  }
  return driver.decode({image, {}, {}}, {});
}

TEST_CASE("the dew point comes of temperature and humidity") {
  const auto driver = make(station());
  const auto result = decode(*driver, {{1, 200}, {2, 500}});
  CHECK(number_of(*driver, result, "dew_point") == Approx(9.26).margin(0.01));
  CHECK(number_of(*driver, decode(*driver, {{1, -50}, {2, 1000}}), "dew_point") == Approx(-5.0));
}

TEST_CASE("no dew point without a temperature, nor from a humidity that cannot be") {
  const auto driver = make(station());
  const auto failed = sample_of(*driver, decode(*driver, {{1, 0x8000}, {2, 500}}), "dew_point");
  CHECK(failed.quality == Quality::bad_sensor_failure);
  CHECK(std::holds_alternative<std::monostate>(failed.value));
  CHECK(sample_of(*driver, decode(*driver, {{1, 200}, {2, 0}}), "dew_point").quality == Quality::bad_out_of_service);
  CHECK(decode(*driver, {{1, 200}}).samples.size() == 1);
}

TEST_CASE("dust is uncertain in fog, and where the fine is more than all of it") {
  const auto driver = make(station());
  const auto quality = [&](int humidity, int fine, int coarse) {
    const auto result = decode(*driver, {{1, 100}, {2, humidity}, {7, fine}, {8, coarse}});
    CHECK(sample_of(*driver, result, "pm2_5").quality == sample_of(*driver, result, "pm10").quality);
    return sample_of(*driver, result, "pm10").quality;
  };
  CHECK(quality(949, 20, 30) == Quality::good);
  CHECK(quality(950, 20, 30) == Quality::uncertain_sensor_not_accurate);
  CHECK(quality(500, 31, 30) == Quality::uncertain_sensor_not_accurate);
  CHECK(quality(500, 30, 30) == Quality::good);
}

TEST_CASE("the level is what is left under the sensor, and the filling its share of the pipe") {
  const auto driver = make(sonar(), {{"sensor_height", "4"}, {"pipe_height", "0.8"}});
  const auto result = decode(*driver, {{0, 0}, {1, 3600}});
  CHECK(number_of(*driver, result, "water_level") == Approx(0.4));
  CHECK(number_of(*driver, result, "filling") == Approx(50));
}

TEST_CASE("a lost echo is not an empty pipe") {
  const auto driver = make(sonar());
  const auto result = decode(*driver, {{0, 1}, {1, 3000}});
  for (const std::string name : {"distance", "water_level", "filling"}) {
    const auto sample = sample_of(*driver, result, name);
    CHECK(sample.quality == Quality::bad_sensor_failure);
    CHECK(std::holds_alternative<std::monostate>(sample.value));
  }
}

TEST_CASE("a level below the bottom is told and not believed") {
  const auto driver = make(sonar(), {{"sensor_height", "2"}});
  const auto level = sample_of(*driver, decode(*driver, {{0, 0}, {1, 2500}}), "water_level");
  CHECK(level.quality == Quality::uncertain_range_exceeded);
  CHECK(model::as_number(level.value) == -0.5);
}

TEST_CASE("the station of the frame file is decoded") {
  const auto driver = make(station());
  const auto result = driver->decode({load_image(WAYSIDE_FRAMES "/generic-road-weather.hex"), {}, {}}, {});
  CHECK(number_of(*driver, result, "temperature") == -2.5);
  CHECK(number_of(*driver, result, "humidity") == 96.0);
  CHECK(sample_of(*driver, result, "pm10").quality == Quality::uncertain_sensor_not_accurate);
}

TEST_CASE("a role that stands twice and bad options are refused") {
  auto profile = station();
  profile.points[1].role = "temperature";
  CHECK(environment_family().make({profile, {}, std::chrono::seconds{1}}).has_error());
  for (const std::string name : {"fog_humidity", "sensor_height", "pipe_height"}) {
    const auto refused = environment_family().make({sonar(), {{name, "-1"}}, std::chrono::seconds{1}});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what.find(name) != std::string::npos);
  }
}

}  // namespace
}  // namespace wayside::drivers
