// The drivers of detectors with frames, with the profiles as delivered, against the simulated ones: turn after turn as
// a bus would run them, with the state of the turn before.
#include <algorithm>
#include <map>

#include "config/load.hpp"
#include "device/driver.hpp"
#include "sim/devices/adec_tdc.hpp"
#include "sim/devices/fs22.hpp"
#include "sim/test/device_helpers.hpp"
#include "support/catch.hpp"

namespace wayside::sim {
namespace {

using model::Quality;
using Samples = std::map<std::string, model::Sample>;

class Polled {
 public:
  Polled(const std::string& family, const std::string& profile, device::Options options) {
    const auto file = std::string(WAYSIDE_SOURCE_DIR) + "/drivers/" + family + "/profiles/" + profile + ".yaml";
    const auto loaded = config::load_profile(file, device::driver_table());
    REQUIRE(loaded.value);
    const auto known = std::ranges::find(device::driver_table(), family, &device::DriverFamily::name);
    REQUIRE(known != device::driver_table().end());
    auto made = (*known)->make({*loaded.value, std::move(options), loaded.value->period});
    REQUIRE(made.has_value());
    driver_ = std::move(*made);
  }

  Samples turn(FrameMeter& device, std::chrono::seconds at) {
    const auto& protocol = *driver_->plan().protocol;
    device::DecodeInput input;
    input.at = base::BootTime{at};
    while (const auto next = driver_->next_frame(0, input.frames, state_)) {
      REQUIRE(input.frames.size() < 100);
      const auto heard = device.hear(next->send);
      if (heard.empty()) break;
      const auto [skip, size] = protocol.cut(heard[0]);
      REQUIRE(skip == 0);
      REQUIRE(size == heard[0].size());
      REQUIRE(protocol.answers(next->send, heard[0]));
      input.frames.push_back(heard[0]);
    }
    auto decoded = driver_->decode(input, state_);
    state_ = std::move(decoded.state);
    Samples out;
    for (const auto& sample : decoded.samples) out[driver_->points()[sample.point].name] = sample;
    return out;
  }

 private:
  std::unique_ptr<device::Driver> driver_;
  device::DriverState state_;
};

double number(const Samples& samples, const std::string& point) {
  INFO("point " << point);
  REQUIRE(samples.contains(point));
  return model::as_number(samples.at(point).value).value_or(-1);
}

TEST_CASE("every vehicle of a simulated detector is counted once, by the delivered profile", "[sim]") {
  AdecTdc detector({7, 1200, 60, 1});
  Polled lane("adec_tdc", "adec-tdc3", {{"address", "7"}, {"interval", "10"}});
  static_cast<void>(lane.turn(detector, std::chrono::seconds{1}));
  const auto before = detector.passed();
  Samples last;
  for (int second = 2; second <= 122; ++second) {
    test::run(detector, 1, 12);
    last = lane.turn(detector, std::chrono::seconds{second});
  }
  CHECK(detector.passed() > before + 20);
  CHECK(number(last, "lane-1.volume") == detector.passed() - before);
  CHECK(number(last, "lane-1.missed_vehicles") == 0);
  CHECK(number(last, "lane-1.speed") > 20);
  CHECK(number(last, "lane-1.detector_fault") == 0);
}

TEST_CASE("what goes wrong at a simulated detector is told", "[sim]") {
  AdecTdc detector({1, 1200, 60, 1});
  Polled lane("adec_tdc", "adec-tdc3", {});
  test::run(detector, 20, 12);
  REQUIRE(lane.turn(detector, std::chrono::seconds{1}).at("lane-1.missed_vehicles").value ==
          model::Value(std::int64_t{0}));
  REQUIRE(detector.fault("wrong-way").has_value());
  REQUIRE(detector.fault("sensor-fault on").has_value());
  auto samples = lane.turn(detector, std::chrono::seconds{2});
  CHECK(samples.at("lane-1.wrong_way").value == model::Value(true));
  CHECK(samples.at("lane-1.detector_fault").value == model::Value(true));
  REQUIRE(detector.fault("clear").has_value());

  // An hour that no one asks: the queue is too short for it, and the gap is told with its number.
  test::run(detector, 60, 12, 60);
  Samples late;
  for (int second = 3602; second < 3610; ++second) late = lane.turn(detector, std::chrono::seconds{second});
  test::run(detector, 20, 12);
  late = lane.turn(detector, std::chrono::seconds{3630});
  CHECK(number(late, "lane-1.volume") == detector.passed() - 100'000);
  CHECK(late.at("lane-1.volume").quality == Quality::uncertain_sub_normal);
  CHECK(number(late, "lane-1.missed_vehicles") > 500);

  REQUIRE(detector.fault("restart").has_value());
  for (int second = 3700; second < 3703; ++second) CHECK(lane.turn(detector, std::chrono::seconds{second}).empty());
  CHECK_FALSE(lane.turn(detector, std::chrono::seconds{3704}).empty());  // the link was reset
  CHECK(lane.turn(detector, std::chrono::seconds{3705}).contains("lane-1.volume"));
}

TEST_CASE("another detector's request is not answered, and a spoiled one neither", "[sim]") {
  AdecTdc detector({7, 1200, 60, 1});
  CHECK(detector.hear(base::Bytes{0x10, 0x40, 0x08, 0x48, 0x16}).empty());
  CHECK(detector.hear(base::Bytes{0x10, 0x40, 0x07, 0x48, 0x16}).empty());
  CHECK(detector.hear(base::Bytes{0x10, 0x40, 0x07, 0x47, 0x16}) == std::vector<base::Bytes>{{0xE5}});
}

TEST_CASE("a simulated interrogator is read by its delivered profile", "[sim]") {
  Fs22 interrogator({4, 15, 1});
  Polled fibre("fbg_interrogator", "hbk-fs22", {});
  test::run(interrogator, 1, 15);
  auto samples = fibre.turn(interrogator, std::chrono::seconds{1});
  CHECK(number(samples, "peaks") == 4);
  CHECK(samples.at("fibre_break").value == model::Value(false));
  CHECK(number(samples, "sensor-1.fibre_temperature") == Approx(18).margin(2));
  CHECK(samples.at("sensor-4.fibre_temperature").quality == Quality::good);

  REQUIRE(interrogator.fault("hot 2").has_value());
  samples = fibre.turn(interrogator, std::chrono::seconds{2});
  CHECK(number(samples, "sensor-2.fibre_temperature") == Approx(48).margin(2));

  REQUIRE(interrogator.fault("dead 1").has_value());
  samples = fibre.turn(interrogator, std::chrono::seconds{3});
  CHECK(samples.at("sensor-1.fibre_temperature").quality == Quality::bad_sensor_failure);
  CHECK(samples.at("fibre_break").value == model::Value(false));

  REQUIRE(interrogator.fault("clear").has_value());
  REQUIRE(interrogator.fault("break 2").has_value());
  samples = fibre.turn(interrogator, std::chrono::seconds{4});
  CHECK(samples.at("fibre_break").value == model::Value(true));
  CHECK(number(samples, "break_after") == 2);
  CHECK(samples.at("sensor-2.fibre_temperature").quality == Quality::good);

  REQUIRE(interrogator.fault("exception 1").has_value());
  samples = fibre.turn(interrogator, std::chrono::seconds{5});
  CHECK(samples.at("sensor-1.fibre_temperature").quality == Quality::bad_device_failure);
  Polled other("fbg_interrogator", "hbk-fs22", {{"channel", "1"}});
  REQUIRE(interrogator.fault("clear").has_value());
  CHECK(number(other.turn(interrogator, std::chrono::seconds{1}), "peaks") == 0);
}

}  // namespace
}  // namespace wayside::sim
