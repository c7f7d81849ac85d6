#include "traffic_counter/traffic_counter.hpp"

#include "base/random.hpp"
#include "common/test/frames.hpp"

namespace wayside::drivers {
namespace {

using device::Encoding;
using device::PointSpec;
using device::RegisterKind;
using model::Quality;
using test::number_of;
using test::sample_of;
using namespace std::chrono_literals;

PointSpec point(std::string name, std::uint16_t address, Encoding encoding, std::string role, double scale = 1) {
  PointSpec spec;
  spec.name = std::move(name);
  spec.kind = RegisterKind::input;
  spec.address = address;
  spec.encoding = encoding;
  spec.role = std::move(role);
  spec.scale = scale;
  return spec;
}

device::Profile counter(Encoding encoding, int lanes = 1) {
  device::PointGroup lane{"lane", "lanes", 1, lanes, 12, 16, {}};
  lane.points = {point("volume", 16, encoding, "counter"), point("occupancy", 18, Encoding::u16, "", 0.1)};
  lane.points[1].error_values = {{0xFFFF, 0xFFFF}};
  device::Profile profile;
  profile.groups = {lane};
  profile.max_hole = 9;
  return profile;
}

// One lane, read again and again.
class Road {
 public:
  explicit Road(Encoding encoding, device::Options options = {}) : encoding_(encoding) {
    auto made = traffic_counter_family().make({counter(encoding), std::move(options), 1s});
    REQUIRE(made.has_value());
    driver_ = std::move(*made);
  }
  void read(std::uint32_t raw, std::chrono::microseconds at, base::BootId boot = {}) {
    device::RegisterImage image;
    const auto high = static_cast<std::uint16_t>(raw >> 16U);
    const auto low = static_cast<std::uint16_t>(raw);
    if (encoding_ == Encoding::u16) {
      image.add({RegisterKind::input, 16, 1}, {low});
    } else {
      image.add({RegisterKind::input, 16, 2}, {high, low});
    }
    last_ = driver_->decode({image, base::BootTime{at}, boot}, last_.state);
  }
  model::Sample operator[](const std::string& metric) const { return sample_of(*driver_, last_, "lane-1." + metric); }
  std::optional<double> number(const std::string& metric) const { return model::as_number((*this)[metric].value); }

 private:
  Encoding encoding_;
  std::unique_ptr<device::Driver> driver_;
  device::Decoded last_;
};

TEST_CASE("the first read gives a total and no delta") {
  Road road(Encoding::u32);
  road.read(70000, 1s);
  CHECK(road["volume"].value == model::Value(std::int64_t{70000}));
  CHECK(road["volume"].quality == Quality::good);
  CHECK_FALSE(road.number("volume_delta"));
  CHECK(road["volume_delta"].quality == Quality::uncertain_initial_value);
  CHECK(road["flow"].quality == Quality::uncertain_initial_value);
}

TEST_CASE("vehicles since the last read are the delta") {
  Road road(Encoding::u32);
  road.read(100, 1s);
  road.read(103, 4s);
  CHECK(road.number("volume_delta") == 3);
  CHECK(road.number("volume") == 103);
  CHECK(road["volume_delta"].quality == Quality::good);
}

TEST_CASE("a counter that goes round is carried on") {
  Road narrow(Encoding::u16);
  narrow.read(65530, 1s);
  narrow.read(4, 10s);
  CHECK(narrow.number("volume_delta") == 10);
  CHECK(narrow.number("volume") == 65540);
  CHECK(narrow["volume"].quality == Quality::good);
  Road wide(Encoding::u32);
  wide.read(0xFFFFFFFF, 1s);
  wide.read(1, 2s);
  CHECK(wide.number("volume") == 4294967297.0);
}

TEST_CASE("a counter that began anew counts from zero and says so") {
  for (const auto encoding : {Encoding::u16, Encoding::u32}) {
    Road road(encoding);
    road.read(40000, 1s);
    road.read(3, 2s);
    CHECK(road.number("volume_delta") == 3);
    CHECK(road.number("volume") == 40003);
    CHECK(road["volume_delta"].quality == Quality::uncertain_sub_normal);
    road.read(5, 3s);
    CHECK(road.number("volume_delta") == 2);
    CHECK(road["volume_delta"].quality == Quality::good);
  }
}

TEST_CASE("a jump that no traffic can make is not counted") {
  Road road(Encoding::u32);
  road.read(100, 1s);
  road.read(2'000'000'000, 2s);
  CHECK_FALSE(road.number("volume_delta"));
  CHECK(road["volume_delta"].quality == Quality::uncertain_sub_normal);
  CHECK(road.number("volume") == 100);
  road.read(2'000'000'002, 3s);
  CHECK(road.number("volume") == 102);
}

TEST_CASE("after a pause in which a narrow counter may have gone round there is no delta") {
  Road road(Encoding::u16);
  road.read(1000, 1s);
  road.read(1500, 16h);
  CHECK_FALSE(road.number("volume_delta"));
  CHECK(road["volume_delta"].quality == Quality::uncertain_sub_normal);
  CHECK(road.number("volume") == 1000);
  Road wide(Encoding::u32);
  wide.read(1000, 1s);
  wide.read(11000, 16h);
  CHECK(wide.number("volume_delta") == 10000);
  CHECK(wide["volume_delta"].quality == Quality::good);
}

TEST_CASE("over a restart of the gateway a wide counter goes on, a narrow one cannot") {
  Road wide(Encoding::u32);
  wide.read(1000, 500s, {1});
  wide.read(1060, 3s, {2});
  CHECK(wide.number("volume_delta") == 60);
  CHECK(wide["volume_delta"].quality == Quality::uncertain_sub_normal);
  CHECK_FALSE(wide.number("flow"));
  Road narrow(Encoding::u16);
  narrow.read(1000, 500s, {1});
  narrow.read(1060, 3s, {2});
  CHECK_FALSE(narrow.number("volume_delta"));
}

TEST_CASE("the flow is the mean of the last full window, before that of the time so far") {
  Road road(Encoding::u32, {{"flow_window", "60"}});
  road.read(0, 0s);
  road.read(10, 30s);
  CHECK(road.number("flow") == 1200);
  CHECK(road["flow"].quality == Quality::uncertain_sub_normal);
  road.read(30, 60s);
  CHECK(road.number("flow") == 1800);
  CHECK(road["flow"].quality == Quality::good);
  road.read(31, 61s);
  CHECK(road.number("flow") == 1800);
  road.read(40, 120s);
  CHECK(road.number("flow") == 600);
}

TEST_CASE("whatever the registers show, the total never falls and never leaps") {
  base::SeededRandom random(7);
  for (const auto encoding : {Encoding::u16, Encoding::u32}) {
    Road road(encoding);
    double total = -1;
    auto at = std::chrono::microseconds{0};
    for (int i = 0; i < 2000; ++i) {
      const auto step = std::chrono::seconds{random.below(5)};
      at += step;
      road.read(static_cast<std::uint32_t>(random.next()) >> random.below(32), at);
      const double now = road.number("volume").value();
      const double most = 1.2 * (static_cast<double>(step.count()) + 30) + 5;
      if (total >= 0) CHECK((now >= total && now - total <= most));
      if (total >= 0) CHECK(road.number("volume_delta").value_or(0) == now - total);
      total = now;
    }
  }
}

TEST_CASE("lanes are counted apart, a lane that was not read keeps its count") {
  auto made = traffic_counter_family().make({counter(Encoding::u32, 2), {}, 1s});
  REQUIRE(made.has_value());
  const auto& driver = **made;
  const auto image = test::load_image(WAYSIDE_FRAMES "/generic-lane-counter.hex");
  auto result = driver.decode({image, base::BootTime{1s}, {}}, {});
  CHECK(number_of(driver, result, "lane-1.volume") == 70000);
  CHECK(number_of(driver, result, "lane-1.occupancy") == 12.5);
  CHECK(number_of(driver, result, "lane-2.volume") == 1200);
  CHECK(sample_of(driver, result, "lane-2.occupancy").quality == Quality::bad_sensor_failure);
  device::RegisterImage first_only;
  first_only.add({RegisterKind::input, 16, 2}, {1, 4465});
  result = driver.decode({first_only, base::BootTime{2s}, {}}, result.state);
  CHECK(result.samples.size() == 3);
  result = driver.decode({image, base::BootTime{3s}, {}}, result.state);
  CHECK(number_of(driver, result, "lane-2.volume_delta") == 0);
}

TEST_CASE("what cannot be counted, and bad options, are refused") {
  auto profile = counter(Encoding::f32);
  CHECK(traffic_counter_family().make({profile, {}, 1s}).has_error());
  for (const std::string name : {"max_rate", "update_interval", "flow_window", "lanes"}) {
    const auto refused = traffic_counter_family().make({counter(Encoding::u32), {{name, "x"}}, 1s});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what.find(name) != std::string::npos);
  }
}

}  // namespace
}  // namespace wayside::drivers
