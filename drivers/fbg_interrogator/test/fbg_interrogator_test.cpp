#include "fbg_interrogator/fbg_interrogator.hpp"

#include <fmt/format.h>

#include "common/test/turns.hpp"
#include "fbg_interrogator/fs22_frame.hpp"

namespace wayside::drivers {
namespace {

using model::Quality;
using namespace std::chrono_literals;

device::Profile profile() {
  device::PointGroup sensor{"sensor", "sensors", 1, 3, 16, 0, {}};
  for (const auto* item : {"wavelength", "temperature", "strain"}) sensor.points.push_back(test::item_point(item));
  device::Profile result;
  for (const auto* item : {"fibre_break", "break_after", "peaks", "stray_peaks", "failed_sensors"}) {
    result.points.push_back(test::item_point(item));
  }
  result.groups = {sensor};
  result.defaults = {{"wavelengths", "1520 1530 1540"}};
  return result;
}

class Fibre {
 public:
  explicit Fibre(device::Options options = {}) {
    auto made = fbg_interrogator_family().make({profile(), std::move(options), 1s});
    REQUIRE(made.has_value());
    driver = std::move(*made);
  }
  void answer(const std::string& text) {
    const auto frames = test::ask(*driver, last.state, [&text](const auto& request) -> std::optional<base::Bytes> {
      CHECK(request == fs22::ask_wavelengths(0));
      return base::Bytes(text.begin(), text.end());
    });
    last = driver->decode({{}, base::from_us(1), {}, 0, frames}, last.state);
  }
  model::Sample operator[](const std::string& name) const { return test::sample_of(*driver, last, name); }
  std::optional<double> number(const std::string& name) const { return model::as_number((*this)[name].value); }

  std::unique_ptr<device::Driver> driver;
  device::Decoded last;
};

TEST_CASE("wavelengths become temperatures") {
  Fibre fibre;
  fibre.answer(":ACK:1520.0, 1530.1, 1539.9\r\n");
  CHECK(fibre.number("sensor-1.temperature") == Approx(20));
  CHECK(fibre.number("sensor-2.temperature") == Approx(30));
  CHECK(fibre.number("sensor-3.temperature") == Approx(10));
  CHECK(fibre["sensor-1.temperature"].quality == Quality::good);
  CHECK(fibre["sensor-1.strain"].quality == Quality::bad_out_of_service);
  CHECK(fibre["fibre_break"].value == model::Value(false));
  CHECK(fibre["break_after"].quality == Quality::bad_out_of_service);
  CHECK(fibre.number("peaks") == 3);
}

TEST_CASE("a missing peak is a failed sensor, not a value") {
  Fibre fibre;
  fibre.answer(":ACK:1520.0, 1540.0\r\n");
  CHECK(fibre["sensor-2.temperature"].value == model::Value{});
  CHECK(fibre["sensor-2.wavelength"].quality == Quality::bad_sensor_failure);
  CHECK(fibre.number("failed_sensors") == 1);
  CHECK(fibre["fibre_break"].value == model::Value(false));
}

TEST_CASE("all sensors from one on gone is a break after the one before") {
  Fibre fibre;
  fibre.answer(":ACK:1520.0\r\n");
  CHECK(fibre["fibre_break"].value == model::Value(true));
  CHECK(fibre.number("break_after") == 1);
  CHECK(fibre["sensor-2.temperature"].quality == Quality::bad_sensor_failure);
  CHECK(fibre["sensor-3.temperature"].quality == Quality::bad_sensor_failure);
  fibre.answer(":ACK:\r\n");
  CHECK(fibre.number("break_after") == 0);
}

TEST_CASE("the order along the fibre need not be that of the wavelengths") {
  Fibre fibre(device::Options{{"order", "2, 3, 1"}});
  fibre.answer(":ACK:1530.0\r\n");
  CHECK(fibre.number("break_after") == 2);
  fibre.answer(":ACK:1520.0\r\n");
  CHECK(fibre["fibre_break"].value == model::Value(false));
}

TEST_CASE("strain is freed of temperature by the sensor beside it") {
  Fibre fibre(device::Options{{"kinds", "t s1 s"}});
  const double heat = 1530 * 6.5e-6 * 10;
  const double load = 1530 * 0.78 * 500e-6;
  fibre.answer(fmt::format(":ACK:1520.1, {:.6f}, 1540.0\r\n", 1530 + heat + load));
  CHECK(fibre.number("sensor-2.strain") == Approx(500).margin(0.01));
  CHECK(fibre["sensor-2.strain"].quality == Quality::good);
  CHECK(fibre["sensor-3.strain"].quality == Quality::uncertain_sensor_not_accurate);
  CHECK(fibre["sensor-2.temperature"].quality == Quality::bad_out_of_service);
}

TEST_CASE("strain whose temperature sensor is gone is not accurate") {
  Fibre fibre(device::Options{{"kinds", "t s1 t"}});
  fibre.answer(":ACK:1530.0, 1540.0\r\n");
  CHECK(fibre["sensor-2.strain"].quality == Quality::uncertain_sensor_not_accurate);
}

TEST_CASE("a refusal and an answer in pieces are no fibre without peaks") {
  Fibre fibre;
  fibre.answer(":NACK: COMMAND NOT ACCEPTED AT CURRENT STATUS\r\n");
  CHECK(fibre["sensor-1.temperature"].quality == Quality::bad_device_failure);
  CHECK(fibre["fibre_break"].quality == Quality::bad_device_failure);
  fibre.answer(":ACK:1520.0, 15\r\n");
  CHECK(fibre["sensor-1.temperature"].quality == Quality::bad_communication_error);
}

TEST_CASE("where a sensor was last is remembered over a restart, and a broken memory is none") {
  Fibre fibre;
  fibre.answer(":ACK:1521.9, 1531.5, 1540.0\r\n");
  fibre.answer(":ACK:1528.1, 1540.0\r\n");
  CHECK(fibre["sensor-2.temperature"].quality == Quality::good);  // 3.4 nm from its own, 6.2 from sensor 1
  fibre.last.state.assign(9, 0xFF);
  fibre.answer(":ACK:1520.0, 1530.0, 1540.0\r\n");
  CHECK(fibre["sensor-2.temperature"].quality == Quality::good);
}

TEST_CASE("options that cannot be are refused by name") {
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{{"wavelengths", "1520 1530"},
                                                                                   {"wavelengths", "1540 1530 1520"},
                                                                                   {"window", "5"},
                                                                                   {"kinds", "t x"},
                                                                                   {"kinds", "s2 s1"},
                                                                                   {"kinds", "t s9"},
                                                                                   {"order", "1 2"},
                                                                                   {"order", "1 2 2"},
                                                                                   {"order", "1 2 4"},
                                                                                   {"channel", "8"},
                                                                                   {"s1", "1 two"},
                                                                                   {"break_sensors", "0"}}) {
    const auto made = fbg_interrogator_family().make({profile(), {{name, text}}, 1s});
    INFO(name << " = " << text);
    REQUIRE(made.has_error());
    CHECK(made.error().what.find(name) != std::string::npos);
  }
}

TEST_CASE("the answer of the manual is read") {
  Fibre fibre(device::Options{{"wavelengths", "1523.5 1554 1567"}});
  const auto frames = test::load_frames(std::string(WAYSIDE_FRAMES) + "/fs22-three-peaks.hex");
  const auto decoded = fibre.driver->decode({{}, base::from_us(1), {}, 0, frames}, {});
  CHECK(test::number_of(*fibre.driver, decoded, "sensor-1.wavelength") == Approx(1523.6573));
  CHECK(test::number_of(*fibre.driver, decoded, "sensor-3.wavelength") == Approx(1566.7846));
}

TEST_CASE("random and damaged answers never break an interrogator's driver") {
  Fibre fibre;
  std::vector<base::Bytes> good = test::load_frames(std::string(WAYSIDE_FRAMES) + "/fs22-three-peaks.hex");
  for (const std::string text : {":ACK:1520.1, 1530.1, 1540.1\r\n", ":ACK:1527.1, 1530.1\r\n", ":NACK:NO\r\n"}) {
    good.emplace_back(text.begin(), text.end());
  }
  test::batter(*fibre.driver, good, 42);
}

}  // namespace
}  // namespace wayside::drivers
