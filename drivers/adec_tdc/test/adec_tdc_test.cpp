#include "adec_tdc/adec_tdc.hpp"

#include <deque>

#include "adec_tdc/ft12_frame.hpp"
#include "common/test/turns.hpp"

namespace wayside::drivers {
namespace {

using model::Quality;
using namespace std::chrono_literals;

device::Profile profile() {
  device::PointGroup lane{"lane", "lanes", 1, 1, 1, 0, {}};
  for (const auto* item : {"volume", "volume_delta", "flow", "speed", "occupancy", "last_speed", "last_length",
                           "missed_vehicles", "status"}) {
    lane.points.push_back(test::item_point(item));
  }
  auto wrong_way = test::item_point("status");
  wrong_way.name = wrong_way.metric = "wrong_way";
  wrong_way.bit = 4;
  lane.points.push_back(wrong_way);
  device::Profile result;
  result.groups = {lane};
  return result;
}

// A detector that keeps the rules of the link: a new count bit takes the last answer off its queue.
class Detector {
 public:
  std::optional<base::Bytes> hear(const base::Bytes& request) {
    if (silent) return std::nullopt;
    const auto control = request[1];
    if (request[2] != 1) return std::nullopt;
    switch (control & 0x0FU) {
      case 0:
        linked = true;
        last_bit = false;
        last_answer = {0xE5};
        return base::Bytes{0xE5};
      case 9: return ft12::encode_long(ft12::kStatusAnswer, 1, base::Bytes{status});
      default: break;
    }
    if (!linked) return std::nullopt;
    const bool bit = (control & 0x20U) != 0;
    if (bit != last_bit) last_answer = next();
    last_bit = bit;
    if (lose_next > 0 && --lose_next == 0) return std::nullopt;
    return last_answer;
  }
  void pass(std::uint8_t speed, std::uint16_t covered = 50) {
    ++lifetime;
    queue.push_back(
        {speed, 2, static_cast<std::uint8_t>(covered >> 8U), static_cast<std::uint8_t>(covered), 0, 100, 45});
  }
  void restart() {
    linked = false;
    queue.clear();
    lifetime = 0;
  }

  std::deque<base::Bytes> queue;
  std::uint32_t lifetime = 1000;
  std::uint8_t status = 0;
  int lose_next = 0;  // this answer from now on gets lost
  bool silent = false;
  bool linked = false;
  bool last_bit = false;
  base::Bytes last_answer{0xE5};

 private:
  base::Bytes next() {
    if (queue.empty()) return {0xE5};
    base::Bytes data{status, static_cast<std::uint8_t>(lifetime >> 24U), static_cast<std::uint8_t>(lifetime >> 16U),
                     static_cast<std::uint8_t>(lifetime >> 8U), static_cast<std::uint8_t>(lifetime)};
    for (int i = 0; i < 4 && !queue.empty(); ++i) {
      data.insert(data.end(), queue.front().begin(), queue.front().end());
      queue.pop_front();
    }
    return ft12::encode_long(8, 1, data);
  }
};

class Lane {
 public:
  explicit Lane(device::Options options = {}) {
    auto made = adec_tdc_family().make({profile(), std::move(options), 1s});
    REQUIRE(made.has_value());
    driver = std::move(*made);
  }
  void turn(std::chrono::microseconds at, base::BootId boot = {}) {
    const auto frames = test::ask(*driver, last.state, [this](const auto& request) { return detector.hear(request); });
    last = driver->decode({{}, base::BootTime{at}, boot, 0, frames}, last.state);
  }
  model::Sample operator[](const std::string& metric) const {
    return test::sample_of(*driver, last, "lane-1." + metric);
  }
  std::optional<double> number(const std::string& metric) const { return model::as_number((*this)[metric].value); }

  Detector detector;
  std::unique_ptr<device::Driver> driver;
  device::Decoded last;
};

TEST_CASE("the link is reset before the first question, and not again") {
  Lane lane;
  const auto first = lane.driver->next_frame(0, {}, {});
  REQUIRE(first);
  CHECK(first->send == ft12::request(ft12::Function::reset, 1));
  lane.turn(1s);
  const auto second = lane.driver->next_frame(0, {}, lane.last.state);
  REQUIRE(second);
  CHECK((second->send[1] & 0x0FU) == 8);
}

TEST_CASE("no data is good: no vehicle has passed") {
  Lane lane;
  lane.turn(1s);
  CHECK(lane["volume_delta"].quality == Quality::uncertain_initial_value);
  lane.turn(2s);
  CHECK(lane.number("volume_delta") == 0);
  CHECK(lane["volume_delta"].quality == Quality::good);
  CHECK(lane.number("missed_vehicles") == 0);
  CHECK(lane["wrong_way"].value == model::Value(false));
}

TEST_CASE("all vehicles of a full queue come in one turn") {
  Lane lane;
  lane.turn(1s);
  for (int i = 0; i < 11; ++i) lane.detector.pass(static_cast<std::uint8_t>(50 + i));
  lane.turn(11s);
  CHECK(lane.number("volume_delta") == 11);
  CHECK(lane.number("volume") == 11);
  CHECK(lane.number("last_speed") == 60);
  CHECK(lane.number("last_length") == 45);
}

TEST_CASE("more vehicles than a turn takes come with the next") {
  Lane lane(device::Options{{"answers", "2"}});
  lane.turn(1s);
  for (int i = 0; i < 11; ++i) lane.detector.pass(50);
  lane.turn(11s);
  CHECK(lane.number("volume_delta") == 8);
  CHECK(lane["volume_delta"].quality == Quality::good);
  lane.turn(12s);
  CHECK(lane.number("volume_delta") == 3);
  CHECK(lane.number("missed_vehicles").has_value());
}

TEST_CASE("an answer that got lost is asked for again, whichever it was") {
  for (int lost = 1; lost <= 4; ++lost) {
    INFO("answer " << lost);
    Lane lane;
    lane.turn(1s);
    for (int i = 0; i < 11; ++i) lane.detector.pass(50);
    lane.detector.lose_next = lost;
    lane.turn(11s);
    lane.turn(12s);
    CHECK(lane.number("volume") == 11);
    CHECK(lane["volume"].quality == Quality::good);
  }
}

TEST_CASE("vehicles that the detector counted and did not send are a gap with a number") {
  Lane lane;
  lane.detector.pass(50);
  lane.turn(1s);
  CHECK(lane["missed_vehicles"].value == model::Value(std::int64_t{0}));
  lane.detector.pass(50);
  lane.detector.pass(50);
  lane.detector.queue.pop_front();
  lane.turn(11s);
  CHECK(lane.number("missed_vehicles") == 1);
  CHECK(lane.number("volume_delta") == 2);
  CHECK(lane["volume_delta"].quality == Quality::uncertain_sub_normal);
  lane.turn(12s);
  CHECK(lane["volume_delta"].quality == Quality::good);
  CHECK(lane.number("volume") == 3);
}

TEST_CASE("a lifetime count that goes round is carried on") {
  Lane lane;
  lane.detector.lifetime = 0xFFFFFFFE;
  lane.detector.pass(50);
  lane.turn(1s);
  lane.detector.pass(50);
  lane.detector.pass(50);
  lane.turn(5s);
  CHECK(lane.number("missed_vehicles") == 0);
  CHECK(lane["volume"].quality == Quality::good);
}

TEST_CASE("a detector that began anew waits for a reset and gets it, and its count is not believed") {
  Lane lane;
  lane.detector.pass(50);
  lane.turn(1s);
  lane.detector.restart();
  for (int i = 2; i < 5; ++i) {
    lane.turn(std::chrono::seconds{i});
    CHECK(lane.last.samples.empty());
  }
  lane.detector.pass(60);
  lane.turn(6s);
  CHECK(lane.number("volume") == 2);
  CHECK(lane["volume"].quality == Quality::uncertain_sub_normal);
  CHECK_FALSE(lane.number("missed_vehicles"));
}

TEST_CASE("a short silence does not reset the link") {
  Lane lane;
  lane.turn(1s);
  lane.detector.pass(50);
  lane.detector.lose_next = 1;
  lane.turn(2s);
  lane.detector.silent = true;
  lane.turn(3s);
  lane.detector.silent = false;
  lane.turn(4s);
  CHECK(lane.number("volume") == 1);
  CHECK(lane["volume"].quality == Quality::good);
}

TEST_CASE("a wrong-way bit of any answer of the turn is told, and ends") {
  Lane lane;
  lane.turn(1s);
  lane.detector.status = 0x10;
  lane.detector.pass(50);
  lane.turn(2s);
  CHECK(lane["wrong_way"].value == model::Value(true));
  lane.detector.status = 0;
  lane.turn(3s);
  CHECK(lane["wrong_way"].value == model::Value(false));
}

TEST_CASE("means are of full intervals, without what waited in the queue before") {
  Lane lane(device::Options{{"interval", "10"}});
  for (int i = 0; i < 5; ++i) lane.detector.pass(200, 1000);
  lane.turn(1s);
  CHECK(lane["speed"].quality == Quality::uncertain_initial_value);
  lane.detector.pass(40, 100);
  lane.turn(6s);
  lane.detector.pass(60, 100);
  lane.turn(11s);
  CHECK(lane.number("speed") == 50);
  CHECK(lane.number("occupancy") == 20);
  CHECK(lane.number("flow") == 720);
  CHECK(lane["speed"].quality == Quality::good);
  lane.turn(21s);
  CHECK(lane.number("occupancy") == 0);
  CHECK_FALSE(lane.number("speed"));
  CHECK(lane["speed"].quality == Quality::bad_out_of_service);
}

TEST_CASE("an interval does not reach over a restart of the gateway, the total does") {
  Lane lane(device::Options{{"interval", "10"}});
  lane.turn(1s);
  lane.detector.pass(50);
  lane.turn(11s);
  lane.detector.pass(50);
  lane.turn(5s, {1});
  CHECK(lane["flow"].quality == Quality::uncertain_initial_value);
  CHECK(lane.number("volume") == 2);
}

TEST_CASE("a vehicle that stood longer than the interval does not make more than 100 %") {
  Lane lane(device::Options{{"interval", "10"}});
  lane.turn(1s);
  lane.detector.pass(5, 6000);
  lane.turn(11s);
  CHECK(lane.number("occupancy") == 100);
  CHECK(lane["occupancy"].quality == Quality::uncertain_sub_normal);
}

TEST_CASE("vehicles of another size than set up are an error of the configuration") {
  Lane lane(device::Options{{"vehicle_size", "6"}});
  lane.turn(1s);
  lane.detector.pass(50);
  lane.turn(2s);
  CHECK(lane["volume"].quality == Quality::bad_configuration_error);
  lane.turn(3s);
  CHECK(lane["volume"].quality == Quality::good);
}

TEST_CASE("a state of another version counts as none") {
  Lane lane;
  lane.turn(1s);
  auto state = lane.last.state;
  state[0] = 99;
  const auto next = lane.driver->next_frame(0, {}, state);
  REQUIRE(next);
  CHECK(next->send == ft12::request(ft12::Function::reset, 1));
}

TEST_CASE("the frames of the document are read") {
  Lane lane;
  lane.turn(1s);
  const auto frames = test::load_frames(std::string(WAYSIDE_FRAMES) + "/tdc3-two-vehicles.hex");
  const auto decoded = lane.driver->decode({{}, base::BootTime{2s}, {}, 0, frames}, lane.last.state);
  CHECK(test::number_of(*lane.driver, decoded, "lane-1.volume_delta") == 2);
  CHECK(test::number_of(*lane.driver, decoded, "lane-1.last_speed") == 70);
  CHECK(test::sample_of(*lane.driver, decoded, "lane-1.wrong_way").value == model::Value(true));
}

TEST_CASE("points without an item, or with an unknown one, are refused by name") {
  auto bad = profile();
  bad.groups[0].points[0].locator.clear();
  auto made = adec_tdc_family().make({bad, {}, 1s});
  REQUIRE(made.has_error());
  CHECK(made.error().what.find("lane-1.volume") != std::string::npos);
  bad.groups[0].points[0].locator = "colour";
  made = adec_tdc_family().make({bad, {}, 1s});
  REQUIRE(made.has_error());
  CHECK(made.error().what.find("colour") != std::string::npos);
}

TEST_CASE("random and damaged answers never break a detector's driver") {
  Lane lane;
  const std::vector<base::Bytes> good{{0xE5},
                                      ft12::encode_long(ft12::kStatusAnswer, 1, base::Bytes{0x80}),
                                      ft12::encode_long(8, 1, base::Bytes{0}),
                                      test::load_frames(std::string(WAYSIDE_FRAMES) + "/tdc3-two-vehicles.hex")[0]};
  test::batter(*lane.driver, good, 41);
}

}  // namespace
}  // namespace wayside::drivers
