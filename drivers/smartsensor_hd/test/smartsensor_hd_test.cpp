#include "smartsensor_hd/smartsensor_hd.hpp"

#include "common/test/turns.hpp"
#include "smartsensor_hd/z1_frame.hpp"

namespace wayside::drivers {
namespace {

using model::Quality;
using namespace std::chrono_literals;

device::Profile profile() {
  device::PointGroup lane{"lane", "lanes", 1, 2, 10, 0, {}};
  for (const auto* item : {"volume", "volume_delta", "flow", "occupancy", "speed", "class_2"}) {
    lane.points.push_back(test::item_point(item));
  }
  device::Profile result;
  result.points = {test::item_point("missed_intervals"), test::item_point("result")};
  result.groups = {lane};
  return result;
}

void put(base::Bytes& body, std::size_t at, std::size_t width, std::uint32_t value) {
  for (std::size_t i = 0; i < width; ++i) body[at + i] = static_cast<std::uint8_t>(value >> 8U * (width - 1 - i));
}

// Lane n of an interval that ends so many minutes after midnight; two lanes and one approach.
base::Bytes lane(std::uint8_t n, std::uint32_t minute, std::uint32_t speed = 0x803280) {
  base::Bytes body(45, 0);
  body[0] = z1::kIntervalData;
  body[1] = n;
  put(body, 3, 3, 500 + minute);
  put(body, 6, 4, 2026U << 9U | 5U << 5U | 14U);
  put(body, 10, 4, (minute / 60) << 22U | (minute % 60) << 16U);
  put(body, 14, 3, speed);
  put(body, 17, 3, 10U + n);
  put(body, 20, 2, 12 * 256 + 128);
  put(body, 25, 3, 3);
  body[43] = 2;
  body[44] = 1;
  return z1::encode(0, 7, static_cast<std::uint8_t>(n + 1), body);
}

std::vector<base::Bytes> interval(std::uint32_t minute) { return {lane(0, minute), lane(1, minute), lane(2, minute)}; }

class Road {
 public:
  explicit Road(device::Options options = {}) {
    options["address"] = "7";
    auto made = smartsensor_hd_family().make({profile(), options, 10s});
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

TEST_CASE("the checksum is the one with polynomial 1C") {
  CHECK(z1::crc8({}) == 0);
  CHECK(z1::crc8(base::Bytes{1}) == 0x1C);
  CHECK(z1::crc8(base::Bytes{0x80}) == 0xA8);
}

TEST_CASE("a packet is found in noise, and its answer by ids and message") {
  const auto request = z1::ask_interval(7);
  auto bytes = base::Bytes{'Z', 'Z', '1', 0x00};
  const auto packet = lane(0, 1);
  bytes.insert(bytes.end(), packet.begin(), packet.end());
  bytes.insert(bytes.end(), 12, 0);
  const auto cut = z1::cut(bytes);
  CHECK(cut.skip == 4);
  CHECK(cut.size == packet.size());
  CHECK(z1::answers(request, packet));
  CHECK_FALSE(z1::answers(request, request));
  CHECK_FALSE(z1::answers(z1::ask_interval(8), packet));
}

TEST_CASE("a turn takes the packets of all lanes and approaches") {
  Road road;
  const auto packets = interval(1);
  std::size_t next = 0;
  const auto got = test::ask(*road.driver, {}, [&](const base::Bytes& request) -> std::optional<base::Bytes> {
    CHECK(request.empty() == (next > 0));
    return packets.at(next++);
  });
  CHECK(got == packets);
}

TEST_CASE("an interval is counted once, and only if it follows the last one") {
  Road road;
  road.read(interval(1));
  CHECK(road.number("lane-1.volume") == 10);
  CHECK(road["lane-1.volume_delta"].quality == Quality::uncertain_initial_value);
  road.read(interval(2));
  CHECK(road.number("lane-2.volume") == 22);
  CHECK(road.number("lane-2.volume_delta") == 11);
  CHECK(road.number("lane-1.flow") == 600);
  CHECK(road.number("missed_intervals") == 0);
  road.read(interval(2));
  CHECK(road.number("lane-1.volume") == 20);
  CHECK(road.number("lane-1.volume_delta") == 0);
}

TEST_CASE("missed intervals are a gap with a number") {
  Road road;
  road.read(interval(1));
  road.read(interval(5));
  CHECK(road.number("missed_intervals") == 3);
  CHECK(road.number("lane-1.volume") == 20);
  CHECK(road["lane-1.volume"].quality == Quality::uncertain_sub_normal);
}

TEST_CASE("an interval that overlaps with what was counted is discarded") {
  Road road(device::Options{{"interval", "120"}});
  road.read(interval(10));
  road.read(interval(11));
  CHECK(road.number("lane-1.volume") == 10);
  CHECK_FALSE(road.number("lane-1.volume_delta"));
  road.read(interval(5));
  CHECK(road.number("lane-1.volume") == 10);
  road.read(interval(7));
  CHECK(road.number("lane-1.volume") == 20);
  CHECK(road["lane-1.volume"].quality == Quality::good);
}

TEST_CASE("numbers are read as the sensor writes them") {
  Road road;
  road.read(interval(1));
  CHECK(road.number("lane-1.speed") == Approx(50.5));
  CHECK(road.number("lane-1.occupancy") == Approx(12.5));
  CHECK(road.number("lane-1.class_2") == 3);
  auto packets = interval(2);
  packets[0] = lane(0, 2, 0x003280);  // not marked as valid
  packets[1] = lane(1, 2, 0xFFF680);  // -10, fraction with the sign
  road.read(packets);
  CHECK(road["lane-1.speed"].quality == Quality::bad_sensor_failure);
  CHECK(road.number("lane-2.speed") == Approx(-10.5));
}

TEST_CASE("packets that do not belong together count nothing") {
  Road road;
  road.read(interval(1));
  const auto before = road.last.state;
  using Packets = std::vector<base::Bytes>;
  for (const auto& packets : std::vector<Packets>{{lane(0, 2), lane(1, 3), lane(2, 2)},
                                                  {lane(0, 2), lane(2, 2)},
                                                  Packets(1, lane(0, 2)),
                                                  {lane(1, 2), lane(0, 2), lane(2, 2)}}) {
    road.read(packets);
    CHECK(road["lane-1.volume"].quality == Quality::bad_communication_error);
    CHECK(road.last.state == before);
  }
}

TEST_CASE("a refusal is told with its code") {
  Road road;
  road.read({z1::encode(0, 7, 1, base::Bytes{z1::kIntervalData, 0, z1::kResult, 0, 15})});
  CHECK(road.number("result") == 15);
  CHECK(road["lane-1.volume"].quality == Quality::bad_device_failure);
}

TEST_CASE("the packets of the document are read") {
  Road road;
  road.read(test::load_frames(std::string(WAYSIDE_FRAMES) + "/smartsensor-hd-two-lanes.hex"));
  CHECK(road.number("lane-2.volume") == 11);
}

TEST_CASE("random and damaged answers never break a sensor's driver") {
  Road road;
  auto good = interval(1);
  good.push_back(z1::encode(0, 7, 1, base::Bytes{z1::kIntervalData, 0, z1::kResult, 0, 15}));
  test::batter(*road.driver, good, 44);
}

}  // namespace
}  // namespace wayside::drivers
