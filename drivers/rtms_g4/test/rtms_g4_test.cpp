#include "rtms_g4/rtms_g4.hpp"

#include "common/test/turns.hpp"
#include "rtms_g4/g4_frame.hpp"

namespace wayside::drivers {
namespace {

using model::Quality;
using namespace std::chrono_literals;

device::Profile profile() {
  device::PointGroup lane{"lane", "lanes", 1, 2, 12, 0, {}};
  for (const auto* item : {"volume", "volume_delta", "flow", "occupancy", "speed", "class_1"}) {
    lane.points.push_back(test::item_point(item));
  }
  device::Profile result;
  result.points = {test::item_point("missed_intervals"), test::item_point("voltage")};
  result.groups = {lane};
  return result;
}

// Minutes after midnight of a day of May 2026, in BCD as the sensor writes it.
base::Bytes header(std::uint8_t number, int minute, std::uint8_t flags = 0, std::uint8_t zones = 2) {
  const auto bcd = [](int n) { return static_cast<std::uint8_t>((n / 10 % 10) << 4 | n % 10); };
  base::Bytes data{number, 0, 1, flags, 0x00, bcd(minute % 60), bcd(minute / 60), 0x04, 0x14, 0x05, 0x26, zones};
  for (const int byte : {0x3F, 0, 60, 239, 0x10, 0, 0, 0, 0, 0}) data.push_back(static_cast<std::uint8_t>(byte));
  return g4::encode(g4::kStatHeader, 7, data);
}

std::vector<base::Bytes> statistics(std::uint8_t number, int minute, std::uint8_t flags = 0) {
  return {header(number, minute, flags), g4::encode(0x10, 7, base::Bytes{0, 10, 0, 4}),
          g4::encode(0x11, 7, base::Bytes{0, 123, 0xFF, 0xFF}), g4::encode(0x12, 7, base::Bytes{0, 50, 0, 60}),
          g4::encode(g4::kStatFooter, 7, base::Bytes{number})};
}

class Road {
 public:
  Road() {
    auto made = rtms_g4_family().make({profile(), {{"address", "7"}}, 10s});
    REQUIRE(made.has_value());
    driver = std::move(*made);
  }
  void read(const std::vector<base::Bytes>& frames) {
    last = driver->decode({{}, base::from_us(1), {}, 0, frames}, last.state);
  }
  model::Sample operator[](const std::string& name) const { return test::sample_of(*driver, last, name); }
  std::optional<double> number(const std::string& name) const { return model::as_number((*this)[name].value); }

  std::unique_ptr<device::Driver> driver;
  device::Decoded last;
};

TEST_CASE("a frame has the sum of id and data, and is found in noise") {
  CHECK(base::to_hex(g4::stat_poll(7)) ==
        "ffaa5303000700"
        "0007");
  base::Bytes bytes{0xFF, 0xFF, 0xAA, 0x00, 0x01};
  const auto poll = g4::stat_poll(7);
  bytes.insert(bytes.end(), poll.begin(), poll.end());
  const auto cut = g4::cut(bytes);
  CHECK(cut.skip == 5);
  CHECK(cut.size == poll.size());
  CHECK_FALSE(g4::answers(poll, poll));
  CHECK(g4::answers(poll, header(1, 1)));
  CHECK_FALSE(g4::answers(g4::stat_poll(8), header(1, 1)));
}

TEST_CASE("a turn is a poll, then frames until the footer") {
  Road road;
  const auto frames = statistics(1, 1);
  std::size_t next = 0;
  const auto got = test::ask(*road.driver, {}, [&](const base::Bytes& request) -> std::optional<base::Bytes> {
    CHECK(request.empty() == (next > 0));
    return frames.at(next++);
  });
  CHECK(got == frames);
}

TEST_CASE("an interval is counted once, however often it is read") {
  Road road;
  road.read(statistics(1, 1));
  CHECK(road.number("lane-1.volume") == 10);
  CHECK(road["lane-1.volume_delta"].quality == Quality::uncertain_initial_value);
  road.read(statistics(2, 2));
  CHECK(road.number("lane-1.volume") == 20);
  CHECK(road.number("lane-1.volume_delta") == 10);
  CHECK(road.number("lane-1.flow") == 600);
  CHECK(road.number("missed_intervals") == 0);
  road.read(statistics(2, 2));
  CHECK(road.number("lane-1.volume") == 20);
  CHECK(road.number("lane-1.volume_delta") == 0);
  CHECK(road["lane-1.volume_delta"].quality == Quality::good);
}

TEST_CASE("missed intervals are told, over the end of the number too") {
  Road road;
  road.read(statistics(254, 1));
  road.read(statistics(1, 4));
  CHECK(road.number("missed_intervals") == 2);
  CHECK(road.number("lane-1.volume") == 20);
  CHECK(road["lane-1.volume"].quality == Quality::uncertain_sub_normal);
  road.read(statistics(1, 4 + 256));
  CHECK(road.number("missed_intervals") == 255);
  CHECK(road.number("lane-1.volume") == 30);
}

TEST_CASE("a sensor that began anew is another interval, and nobody says how many were missed") {
  Road road;
  road.read(statistics(100, 1));
  road.read(statistics(0, 3));
  CHECK(road["missed_intervals"].quality == Quality::uncertain_sub_normal);
  CHECK(road.number("lane-1.volume") == 20);
}

TEST_CASE("values that the sensor does not have are none") {
  Road road;
  road.read(statistics(1, 1));
  CHECK(road.number("lane-1.occupancy") == 123);
  CHECK(road["lane-2.occupancy"].quality == Quality::bad_sensor_failure);
  CHECK(road["lane-1.class_1"].quality == Quality::bad_configuration_error);
  CHECK(road.number("voltage") == 239);
}

TEST_CASE("miles are made kilometres") {
  Road road;
  road.read(statistics(1, 1, 1));
  CHECK(road.number("lane-1.speed") == Approx(80.467));
}

TEST_CASE("statistics without their own footer count nothing") {
  Road road;
  road.read(statistics(1, 1));
  auto frames = statistics(2, 2);
  frames.back() = g4::encode(g4::kStatFooter, 7, base::Bytes{3});
  const auto before = road.last.state;
  road.read(frames);
  CHECK(road["lane-1.volume"].quality == Quality::bad_communication_error);
  CHECK(road.last.state == before);
  frames.pop_back();
  road.read(frames);
  CHECK(road["lane-1.volume"].quality == Quality::bad_communication_error);
  road.read(statistics(2, 2));
  CHECK(road.number("lane-1.volume") == 20);
}

TEST_CASE("the frames of the document are read") {
  Road road;
  road.read(test::load_frames(std::string(WAYSIDE_FRAMES) + "/rtms-g4-two-lanes.hex"));
  CHECK(road.number("lane-2.volume") == 4);
}

TEST_CASE("random and damaged answers never break a radar's driver") {
  Road road;
  test::batter(*road.driver, statistics(1, 1), 43);
}

}  // namespace
}  // namespace wayside::drivers
