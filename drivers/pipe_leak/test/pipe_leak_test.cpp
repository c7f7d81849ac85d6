#include "pipe_leak/pipe_leak.hpp"

#include "common/test/frames.hpp"

namespace wayside::drivers {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using model::Quality;
using test::load_image;
using test::number_of;
using test::sample_of;
using namespace std::chrono_literals;

PointSpec point(std::string name, std::uint16_t address, Encoding encoding, std::string role = "", double scale = 1) {
  PointSpec spec;
  spec.name = std::move(name);
  spec.kind = RegisterKind::input;
  spec.address = address;
  spec.encoding = encoding;
  spec.role = std::move(role);
  spec.scale = scale;
  return spec;
}

PointSpec bit(std::string name, std::uint16_t address, int number, std::string role = "") {
  auto spec = point(std::move(name), address, Encoding::u16, std::move(role));
  spec.bit = number;
  return spec;
}

device::Profile dts() {
  device::Profile profile;
  profile.points = {bit("fibre_break", 0, 0, "fibre_break"), point("sequence", 1, Encoding::u16, "sequence"),
                    point("break_position", 2, Encoding::u32, "break_position", 0.1)};
  device::PointGroup zone{"zone", "zones", 1, 4, 64, 8, {}};
  zone.points = {point("t_avg", 16, Encoding::s16, "", 0.1), bit("leak_alarm", 20, 0)};
  profile.groups = {zone};
  profile.max_hole = 3;
  return profile;
}

device::Profile cable() {
  device::Profile profile;
  profile.points = {bit("leak", 0, 0, "leak"), point("leak_distance", 1, Encoding::u16, "leak_position", 0.1),
                    point("leak_position", 8000, Encoding::f32, "leak_position"),
                    point("cable_length", 8002, Encoding::f32)};
  profile.points[2].order = profile.points[3].order = ByteOrder::cdab;
  return profile;
}

std::unique_ptr<device::Driver> make(device::Profile profile, device::Options options = {}) {
  auto driver = pipe_leak_family().make({std::move(profile), std::move(options), 1s});
  REQUIRE(driver.has_value());
  return std::move(*driver);
}

device::RegisterImage frames(const std::string& name) { return load_image(WAYSIDE_FRAMES "/" + name); }

constexpr base::BootTime at(std::chrono::microseconds offset) { return base::BootTime{offset}; }

TEST_CASE("zones give temperatures and the leak alarm") {
  const auto driver = make(dts());
  const auto result = driver->decode({frames("generic-dts-leak.hex"), at(1s), {}}, {});
  CHECK(number_of(*driver, result, "zone-2.t_avg") == -0.5);
  CHECK(sample_of(*driver, result, "zone-2.leak_alarm").value == model::Value(true));
  for (const auto& sample : result.samples) CHECK(sample.quality == Quality::good);
}

TEST_CASE("zones beyond a fibre break are bad and have no value") {
  const auto driver = make(dts());
  const auto result = driver->decode({frames("generic-dts-break.hex"), at(1s), {}}, {});
  CHECK(sample_of(*driver, result, "zone-2.t_avg").quality == Quality::good);
  CHECK(sample_of(*driver, result, "zone-2.leak_alarm").value == model::Value(true));
  const auto beyond = sample_of(*driver, result, "zone-4.leak_alarm");
  CHECK(beyond.quality == Quality::bad_sensor_failure);
  CHECK(std::holds_alternative<std::monostate>(beyond.value));
  CHECK(sample_of(*driver, result, "break_position").quality == Quality::good);
}

TEST_CASE("the zone with the break in it speaks for its first part only") {
  const auto driver = make(dts());
  const auto result = driver->decode({frames("generic-dts-break.hex"), at(1s), {}}, {});
  const auto cut = sample_of(*driver, result, "zone-3.leak_alarm");
  CHECK(cut.quality == Quality::uncertain_sub_normal);
  CHECK(cut.value == model::Value(false));
}

TEST_CASE("a break is remembered over a read that brings only zones") {
  const auto driver = make(dts());
  const auto first = driver->decode({frames("generic-dts-break.hex"), at(1s), {}}, {});
  device::RegisterImage zone;
  zone.add({RegisterKind::input, 40, 5}, {120, 133, 0, 3100, 0});
  const auto second = driver->decode({zone, at(2s), {}}, first.state);
  CHECK(sample_of(*driver, second, "zone-4.t_avg").quality == Quality::bad_sensor_failure);
}

TEST_CASE("zones of an interrogator whose trace number stands still become uncertain") {
  const auto driver = make(dts(), {{"frozen_after", "10"}});
  const auto image = frames("generic-dts-leak.hex");
  auto result = driver->decode({image, at(1s), {}}, {});
  result = driver->decode({image, at(10s), {}}, result.state);
  CHECK(sample_of(*driver, result, "zone-1.t_avg").quality == Quality::good);
  result = driver->decode({image, at(11s), {}}, result.state);
  const auto old = sample_of(*driver, result, "zone-1.t_avg");
  CHECK(old.quality == Quality::uncertain_last_usable);
  CHECK(model::as_number(old.value) == 12.3);
  CHECK(sample_of(*driver, result, "sequence").quality == Quality::good);
  result = driver->decode({frames("generic-dts-break.hex"), at(12s), {}}, result.state);
  CHECK(sample_of(*driver, result, "zone-1.t_avg").quality == Quality::good);
}

TEST_CASE("after a restart of the gateway the wait for a new trace starts anew") {
  const auto driver = make(dts(), {{"frozen_after", "10"}});
  const auto image = frames("generic-dts-leak.hex");
  auto result = driver->decode({image, at(1000s), {1}}, {});
  result = driver->decode({image, at(5s), {2}}, result.state);
  CHECK(sample_of(*driver, result, "zone-1.t_avg").quality == Quality::good);
  result = driver->decode({image, at(15s), {2}}, result.state);
  CHECK(sample_of(*driver, result, "zone-1.t_avg").quality == Quality::uncertain_last_usable);
}

TEST_CASE("a cable with a leak tells where, in decimetres and as a float with its words swapped") {
  const auto driver = make(cable());
  const auto result = driver->decode({frames("rle-seahawk-10k-leak.hex"), at(1s), {}}, {});
  CHECK(sample_of(*driver, result, "leak").value == model::Value(true));
  CHECK(number_of(*driver, result, "leak_distance") == 87.3);
  CHECK(number_of(*driver, result, "leak_position") == Approx(87.3).epsilon(1e-6));
  CHECK(number_of(*driver, result, "cable_length") == 300.0);
}

TEST_CASE("a dry cable has no leak position, whatever its registers still show") {
  const auto driver = make(cable());
  const auto result = driver->decode({frames("rle-seahawk-10k-dry.hex"), at(1s), {}}, {});
  for (const std::string name : {"leak_distance", "leak_position"}) {
    const auto sample = sample_of(*driver, result, name);
    CHECK(sample.quality == Quality::bad_out_of_service);
    CHECK(std::holds_alternative<std::monostate>(sample.value));
  }
  CHECK(number_of(*driver, result, "cable_length") == 300.0);
}

TEST_CASE("a state that cannot be read counts as none") {
  const auto driver = make(dts());
  const device::DecodeInput input{frames("generic-dts-leak.hex"), at(1s), {}};
  CHECK(driver->decode(input, {9, 9, 9}).state == driver->decode(input, {}).state);
}

TEST_CASE("bad options and roles are refused by name") {
  for (const std::string name : {"zone_length", "frozen_after", "zones"}) {
    const auto refused = pipe_leak_family().make({dts(), {{name, "-1"}}, 1s});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what.find(name) != std::string::npos);
  }
  auto profile = cable();
  profile.points[0].role.clear();
  CHECK(pipe_leak_family().make({profile, {}, 1s}).has_error());
}

TEST_CASE("feet are told as metres, and a distance in an unknown unit is none") {
  device::Profile profile;
  profile.points = {bit("leak", 0, 0, "leak"), point("leak_position", 1, Encoding::u16, "leak_position"),
                    point("distance_unit", 2, Encoding::u16, "distance_unit"),
                    point("cable_length", 3, Encoding::u16, "distance")};
  profile.points[2].values = {{0, "metres"}, {1, "feet"}};
  const auto driver = make(profile);
  const auto decode = [&driver](std::uint16_t unit) {
    device::RegisterImage image;
    image.add({RegisterKind::input, 0, 4}, {1, 100, unit, 1000});
    return driver->decode({image, at(1s), {}}, {});
  };
  CHECK(number_of(*driver, decode(0), "leak_position") == 100.0);
  CHECK(number_of(*driver, decode(1), "leak_position") == Approx(30.48));
  CHECK(number_of(*driver, decode(1), "cable_length") == Approx(304.8));
  const auto unknown = sample_of(*driver, decode(7), "leak_position");
  CHECK(unknown.quality == Quality::bad_configuration_error);
  CHECK(std::holds_alternative<std::monostate>(unknown.value));
}

TEST_CASE("each cable has its own leak and position, and an ejected one says nothing") {
  device::Profile profile;
  device::PointGroup cable{"cable", "cables", 1, 2, 9, 1, {}};
  cable.points = {bit("leak", 0, 4, "leak"), bit("ejected", 10, 3, "ejected"),
                  point("leak_position", 20, Encoding::u16, "leak_position")};
  profile.groups = {cable};
  const auto driver = make(profile);
  device::RegisterImage image;
  image.add({RegisterKind::input, 0, 2}, {0x10, 0x10});
  image.add({RegisterKind::input, 10, 2}, {0, 8});
  image.add({RegisterKind::input, 20, 2}, {12, 34});
  const auto result = driver->decode({image, at(1s), {}}, {});
  CHECK(number_of(*driver, result, "cable-1.leak_position") == 12.0);
  for (const std::string name : {"cable-2.leak", "cable-2.leak_position"}) {
    CHECK(sample_of(*driver, result, name).quality == Quality::bad_out_of_service);
  }
  CHECK(sample_of(*driver, result, "cable-2.ejected").value == model::Value(true));
}

}  // namespace
}  // namespace wayside::drivers
