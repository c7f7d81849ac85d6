// The drivers of meters with frames, with the profiles as delivered, against the simulated meters: every turn as a bus
// would run it, without a bus.
#include <algorithm>

#include "config/load.hpp"
#include "device/driver.hpp"
#include "sim/devices/cjt188_meter.hpp"
#include "sim/devices/dlt645_meter.hpp"
#include "sim/test/device_helpers.hpp"
#include "support/catch.hpp"

namespace wayside::sim {
namespace {

using base::Bytes;
using model::Quality;

std::unique_ptr<device::Driver> driver_of(const std::string& family, const std::string& profile,
                                          device::Options options) {
  const auto file = std::string(WAYSIDE_SOURCE_DIR) + "/drivers/" + family + "/profiles/" + profile + ".yaml";
  const auto loaded = config::load_profile(file, device::driver_table());
  REQUIRE(loaded.value);
  for (const auto* known : device::driver_table()) {
    if (known->name != family) continue;
    auto made = known->make({*loaded.value, std::move(options), loaded.value->period});
    REQUIRE(made.has_value());
    return std::move(*made);
  }
  FAIL("no such family");
  return nullptr;
}

// All turns of a driver, by the names of its points.
std::map<std::string, model::Sample> read(const device::Driver& driver, FrameMeter& meter) {
  std::map<std::string, model::Sample> out;
  const auto& protocol = *driver.plan().protocol;
  for (std::size_t group = 0; group < driver.plan().groups.size(); ++group) {
    device::DecodeInput input;
    input.group = group;
    while (const auto next = driver.next_frame(group, input.frames, {})) {
      REQUIRE(input.frames.size() < 100);
      const auto heard = meter.hear(next->send);
      if (heard.empty()) break;  // silence: the turn ends
      const auto [skip, size] = protocol.cut(heard[0]);
      REQUIRE(size > 0);
      Bytes frame(heard[0].begin() + static_cast<std::ptrdiff_t>(skip), heard[0].end());
      REQUIRE(frame.size() == size);
      REQUIRE(protocol.answers(next->send, frame));
      input.frames.push_back(std::move(frame));
    }
    for (const auto& sample : driver.decode(input, {}).samples) out[driver.points()[sample.point].name] = sample;
  }
  return out;
}

double number(const std::map<std::string, model::Sample>& samples, const std::string& point) {
  INFO("point " << point);
  REQUIRE(samples.contains(point));
  CHECK(samples.at(point).quality == Quality::good);
  return model::as_number(samples.at(point).value).value_or(-1);
}

// Meter 161 of a cabinet whose lamps burn.
struct Cabinet {
  Cabinet() { test::run(meter, 2, 22); }
  Dlt645Meter meter{{161, {20, 80, 1}}};
};

TEST_CASE("a three-phase meter by its delivered profile", "[sim]") {
  Cabinet cabinet;
  auto& meter = cabinet.meter;
  const auto driver = driver_of("dlt645", "dlt645-2007-meter", {{"address", "000000000161"}});
  const auto samples = read(*driver, meter);
  CHECK(samples.size() == driver->points().size());
  CHECK(number(samples, "voltage_l1") == Approx(230).margin(10));
  CHECK(number(samples, "voltage_l3") == Approx(230).margin(10));
  CHECK(number(samples, "frequency") == Approx(50).margin(0.5));
  CHECK(number(samples, "power_total") > 500);
  CHECK(number(samples, "power_l1") + number(samples, "power_l2") + number(samples, "power_l3") ==
        Approx(number(samples, "power_total")).margin(1));
  CHECK(number(samples, "power_factor_total") == Approx(0.95).margin(0.01));
  CHECK(number(samples, "energy_import") > 3000);
  CHECK(samples.at("energy_export").quality == Quality::bad_configuration_error);
  CHECK(number(samples, "relay_open") == 0);
}

TEST_CASE("answers in several frames give the same values as whole ones", "[sim]") {
  Cabinet cabinet;
  auto& meter = cabinet.meter;
  const auto driver = driver_of("dlt645", "dlt645-2007-meter", {});
  const auto whole = read(*driver, meter);
  REQUIRE(meter.fault("split on").has_value());
  const auto split = read(*driver, meter);
  REQUIRE(split.size() == whole.size());
  for (const auto& [name, sample] : whole) {
    INFO("point " << name);
    CHECK(split.at(name).value == sample.value);
    CHECK(split.at(name).quality == sample.quality);
  }
}

TEST_CASE("a lost phase, an open relay, a meter that refuses, a meter that is not there", "[sim]") {
  Cabinet cabinet;
  auto& meter = cabinet.meter;
  const auto driver = driver_of("dlt645", "dlt645-2007-meter", {{"address", "000000000161"}});
  REQUIRE(meter.fault("phase-loss 2").has_value());
  REQUIRE(meter.fault("relay-open on").has_value());
  test::run(meter, 1, 22);
  const auto samples = read(*driver, meter);
  CHECK(number(samples, "voltage_l2") < 20);
  CHECK(number(samples, "relay_open") == 1);
  REQUIRE(meter.fault("exception 2").has_value());
  for (const auto& [name, sample] : read(*driver, meter)) CHECK(sample.quality == Quality::bad_configuration_error);
  const auto stranger = driver_of("dlt645", "dlt645-2007-meter", {{"address", "000000000162"}});
  CHECK(read(*stranger, meter).empty());
}

TEST_CASE("a single-phase meter by its delivered profile", "[sim]") {
  Cabinet cabinet;
  auto& meter = cabinet.meter;
  const auto driver = driver_of("dlt645", "dlt645-2007-single-phase", {});
  const auto samples = read(*driver, meter);
  CHECK(samples.size() == driver->points().size());
  CHECK(number(samples, "voltage_l1") == Approx(230).margin(10));
  CHECK(number(samples, "current_l1") > 1);
}

TEST_CASE("a water meter by its delivered profile", "[sim]") {
  Cjt188Meter meter({78330011223344, 2, 1});
  test::run(meter, 1, 12);
  const auto driver = driver_of("cjt188", "cjt188-water-meter", {{"address", "78330011223344"}});
  const auto before = read(*driver, meter);
  CHECK(before.size() == driver->points().size());
  CHECK(before.at("valve_state").value == model::Value("open"));
  CHECK(number(before, "battery_low") == 0);
  test::run(meter, 1, 12, 3600);
  REQUIRE(meter.fault("valve-fault on").has_value());
  REQUIRE(meter.fault("battery-low on").has_value());
  const auto after = read(*driver, meter);
  CHECK(number(after, "volume_total") - number(before, "volume_total") == Approx(2).margin(0.02));
  CHECK(number(after, "volume_settlement") == number(before, "volume_settlement"));
  CHECK(number(after, "valve_fault") == 1);
  CHECK(number(after, "battery_low") == 1);
  REQUIRE(meter.fault("other-unit on").has_value());
  CHECK(read(*driver, meter).at("volume_total").quality == Quality::bad_configuration_error);
  const auto other_order = driver_of("cjt188", "cjt188-water-meter", {{"id_order", "high_first"}});
  CHECK(read(*other_order, meter).size() == driver->points().size());
}

}  // namespace
}  // namespace wayside::sim
