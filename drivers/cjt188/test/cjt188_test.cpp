#include "cjt188/cjt188.hpp"

#include "cjt188/cjt188_frame.hpp"
#include "common/test/frame_chance.hpp"
#include "common/test/frames.hpp"

namespace wayside::drivers {
namespace {

using base::Bytes;
using device::PointSpec;
using model::Quality;
using test::load_frames;
using test::number_of;
using test::sample_of;
using namespace std::chrono_literals;

const Bytes kAddress{0x44, 0x33, 0x22, 0x11, 0x00, 0x33, 0x78};
const device::Options kOptions{{"address", "78330011223344"}, {"wake_up", "0"}};

PointSpec item(std::string name, std::string locator, double scale = 1) {
  PointSpec spec;
  spec.name = std::move(name);
  spec.locator = std::move(locator);
  spec.scale = scale;
  return spec;
}

// As in the profile cjt188-water-meter, and the status word as a number.
device::Profile water() {
  device::Profile profile;
  profile.points = {item("volume_total", "901F volume", 0.01),
                    item("volume_settlement", "901F+5 volume", 0.01),
                    item("valve_state", "901F+17 valve"),
                    item("valve_closed", "901F+17 valve_closed"),
                    item("valve_fault", "901F+17 valve_fault"),
                    item("battery_low", "901F+17 battery"),
                    item("status", "901F+17 bits")};
  return profile;
}

std::unique_ptr<device::Driver> make(device::Options options = kOptions, device::Profile profile = water()) {
  auto driver = cjt188_family().make({std::move(profile), std::move(options), 1min});
  REQUIRE(driver.has_value());
  return std::move(*driver);
}

device::DecodeInput input(std::vector<Bytes> frames) {
  device::DecodeInput in;
  in.frames = std::move(frames);
  return in;
}

Bytes answer(Bytes data, std::uint8_t control = 0x81) {
  return cjt188::encode({0x10, kAddress, control, std::move(data)}, 0);
}

// An answer to 901F with this total, unit and status.
Bytes meter(Bytes total, std::uint8_t unit, Bytes status) {
  Bytes data{0x1F, 0x90, 0x00};
  data.insert(data.end(), total.begin(), total.end());
  data.push_back(unit);
  const Bytes rest{0x00, 0x10, 0x00, 0x00, 0x2C, 0x31, 0x01, 0x22, 0x11, 0x05, 0x15, 0x20};
  data.insert(data.end(), rest.begin(), rest.end());
  data.insert(data.end(), status.begin(), status.end());
  return answer(std::move(data));
}

const Bytes kTotal{0x56, 0x34, 0x12, 0x00};

device::Decoded decoded(const device::Driver& driver, Bytes frame) {
  return driver.decode(input({std::move(frame)}), {});
}

TEST_CASE("a water meter is asked once a turn, as published") {
  const auto driver = make();
  REQUIRE(driver->plan().groups.size() == 1);
  const auto next = driver->next_frame(0, {}, {});
  REQUIRE(next);
  CHECK(base::to_hex(next->send) == "68104433221100337801031f90008016");
  CHECK_FALSE(driver->next_frame(0, load_frames(WAYSIDE_FRAMES "/published.hex"), {}));
  CHECK_FALSE(driver->next_frame(1, {}, {}));
}

TEST_CASE("the published answer: totals, closed valve") {
  const auto driver = make();
  const auto frames = load_frames(WAYSIDE_FRAMES "/published.hex");
  REQUIRE(cjt188::answers(driver->next_frame(0, {}, {})->send, frames[0]));
  const auto result = driver->decode(input(frames), {});
  CHECK(number_of(*driver, result, "volume_total") == 556677.0);
  CHECK(number_of(*driver, result, "volume_settlement") == 556677.0);
  CHECK(sample_of(*driver, result, "valve_state").value == model::Value("closed"));
  CHECK(sample_of(*driver, result, "valve_closed").value == model::Value(true));
  CHECK(sample_of(*driver, result, "valve_fault").value == model::Value(false));
  CHECK(sample_of(*driver, result, "battery_low").value == model::Value(false));
  CHECK(sample_of(*driver, result, "status").value == model::Value(std::int64_t{0x8421}));
  for (const auto& sample : result.samples) CHECK(sample.quality == Quality::good);
}

TEST_CASE("makers differ in the bit of the battery") {
  const auto frames = load_frames(WAYSIDE_FRAMES "/published.hex");
  auto options = kOptions;
  options["battery_bit"] = "5";
  const auto driver = make(options);
  CHECK(sample_of(*driver, driver->decode(input(frames), {}), "battery_low").value == model::Value(true));
}

TEST_CASE("a total has two decimals and the whole of its digits") {
  const auto driver = make();
  CHECK(number_of(*driver, decoded(*driver, meter(kTotal, 0x2C, {0, 0})), "volume_total") == 1234.56);
  CHECK(number_of(*driver, decoded(*driver, meter(Bytes(4, 0x99), 0x2C, {0, 0})), "volume_total") == 999999.99);
}

TEST_CASE("a total in another unit, absent or of wrong digits has no value") {
  const auto driver = make();
  const auto quality = [&driver](Bytes total, std::uint8_t unit) {
    return sample_of(*driver, decoded(*driver, meter(std::move(total), unit, {0, 0})), "volume_total").quality;
  };
  CHECK(quality(kTotal, 0x35) == Quality::bad_configuration_error);
  CHECK(quality(kTotal, 0x00) == Quality::bad_configuration_error);
  CHECK(quality(Bytes(4, 0xFF), 0x2C) == Quality::bad_configuration_error);
  CHECK(quality({0x56, 0x3A, 0x12, 0x00}, 0x2C) == Quality::bad_sensor_failure);
}

TEST_CASE("the valve: open, closed, failed, undefined") {
  const auto driver = make();
  const auto of = [&driver](std::uint8_t status, const std::string& point) {
    return sample_of(*driver, decoded(*driver, meter(kTotal, 0x2C, {status, 0})), point);
  };
  CHECK(of(0, "valve_state").value == model::Value("open"));
  CHECK(of(0, "valve_closed").value == model::Value(false));
  CHECK(of(3, "valve_state").value == model::Value("fault"));
  CHECK(of(3, "valve_fault").value == model::Value(true));
  CHECK(of(3, "valve_closed").quality == Quality::bad_device_failure);
  for (const std::string point : {"valve_state", "valve_closed", "valve_fault"}) {
    CHECK(of(2, point).quality == Quality::bad_sensor_failure);
  }
}

TEST_CASE("a status of all ones is none") {
  const auto driver = make();
  const auto result = decoded(*driver, meter(kTotal, 0x2C, {0xFF, 0xFF}));
  for (const std::string point : {"valve_state", "valve_closed", "valve_fault", "battery_low", "status"}) {
    CHECK(sample_of(*driver, result, point).quality == Quality::bad_configuration_error);
  }
}

TEST_CASE("an answer that ends early has what it has") {
  const auto driver = make();
  const auto result = decoded(*driver, answer({0x90, 0x1F, 0x00, 0x56, 0x34, 0x12, 0x00, 0x2C}));
  CHECK(number_of(*driver, result, "volume_total") == 1234.56);
  CHECK(sample_of(*driver, result, "volume_settlement").quality == Quality::bad_configuration_error);
  CHECK(sample_of(*driver, result, "valve_fault").quality == Quality::bad_configuration_error);
}

TEST_CASE("an error answer and one that cannot be used make all points bad") {
  const auto driver = make();
  const auto all_are = [&driver](Bytes frame, Quality quality) {
    const auto result = decoded(*driver, std::move(frame));
    CHECK(result.samples.size() == driver->points().size());
    for (const auto& sample : result.samples) CHECK(sample.quality == quality);
  };
  all_are(answer({0x00, 0x04, 0x00}, 0xC1), Quality::bad_device_failure);
  all_are(answer({0x1F, 0x90, 0x01, 0x00}), Quality::bad_communication_error);
  all_are(answer({0x1F, 0x91, 0x00, 0x00}), Quality::bad_communication_error);
  all_are(answer({0x1F}), Quality::bad_communication_error);
  all_are(answer({0x1F, 0x90, 0x00, 0x00}, 0x01), Quality::bad_communication_error);
  all_are({}, Quality::bad_communication_error);
}

TEST_CASE("two identifiers of one turn have two SERs") {
  auto profile = water();
  profile.points.push_back(item("last_month", "D120 volume", 0.01));
  const auto driver = make(kOptions, profile);
  const std::vector<Bytes> one(1);
  const auto second = cjt188::parse(driver->next_frame(0, one, {})->send);
  CHECK(second->data == Bytes{0x20, 0xD1, 0x01});
  const auto result = driver->decode(
      input({meter(kTotal, 0x2C, {0, 0}), answer({0x20, 0xD1, 0x01, 0x00, 0x10, 0x00, 0x00, 0x2C})}), {});
  CHECK(number_of(*driver, result, "last_month") == 10.0);
}

TEST_CASE("options say how a meter is spoken to") {
  const auto any = make({{"type", "12"}, {"id_order", "high_first"}, {"wake_up", "2"}});
  CHECK(base::to_hex(any->next_frame(0, {}, {})->send).starts_with("fefe6812aaaaaaaaaaaaaa0103901f00"));
}

TEST_CASE("bad options and items are refused by name") {
  const std::vector<std::pair<std::string, std::string>> bad{{"address", "7833001122334"},
                                                             {"address", "7833001122334G"},
                                                             {"type", "09"},
                                                             {"type", "1A"},
                                                             {"type", "50"},
                                                             {"id_order", "1F90"},
                                                             {"battery_bit", "16"},
                                                             {"battery_bit", "0.5"},
                                                             {"wake_up", "5"}};
  for (const auto& [name, text] : bad) {
    INFO(name << " " << text);
    const auto refused = cjt188_family().make({water(), {{name, text}}, 1s});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what.find(name) != std::string::npos);
  }
  auto profile = water();
  profile.points[0].locator = "901F bcd4";
  CHECK(cjt188_family().make({profile, {}, 1s}).has_error());
}

TEST_CASE("any answers are decoded without harm") {
  base::SeededRandom random(2004);
  const auto driver = make();
  const auto good = load_frames(WAYSIDE_FRAMES "/published.hex").front();
  for (int round = 0; round < 100'000; ++round) {
    auto frame = random.chance(0.8) ? test::mutated(random, good) : test::noise(random, 60);
    if (random.chance(0.5)) {  // with a good sum again, so that it reaches the values
      Bytes data = test::noise(random, 24);
      data.insert(data.begin(), {0x1F, 0x90, 0x00});
      frame = answer(std::move(data));
    }
    const auto result = decoded(*driver, std::move(frame));
    REQUIRE(result.samples.size() == driver->points().size());
    for (const auto& sample : result.samples) {
      if (std::holds_alternative<std::monostate>(sample.value)) REQUIRE_FALSE(is_good(sample.quality));
    }
  }
}

}  // namespace
}  // namespace wayside::drivers
