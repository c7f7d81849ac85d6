#include "streetlight/luminaire.hpp"

#include "common/test/frames.hpp"
#include "streetlight/streetlight.hpp"

namespace wayside::drivers {
namespace {

using device::PointSpec;
using device::RegisterKind;
using model::Quality;
using test::number_of;
using test::sample_of;

// A luminaire controller: level in holding 0, power in holding 1, four registers from one to the next.
device::Profile controller() {
  device::PointGroup lamp{"lamp", "lamps", 1, 2, 8, 4, {}};
  for (const auto& [name, address] : {std::pair{"level", 0}, std::pair{"power", 1}}) {
    PointSpec point;
    point.name = point.role = name;
    point.address = static_cast<std::uint16_t>(address);
    lamp.points.push_back(point);
  }
  lamp.points[0].valid_max = 100;
  lamp.points[1].error_values = {{0xFFFF, 0xFFFF}};
  device::Profile profile;
  profile.max_hole = 4;
  profile.groups = {lamp};
  return profile;
}

base::Result<std::unique_ptr<device::Driver>> make(device::Options options,
                                                   std::chrono::microseconds period = std::chrono::seconds{1}) {
  return streetlight_family().make({controller(), std::move(options), period});
}

device::Decoded decode(const device::Driver& driver, std::vector<std::uint16_t> words) {
  device::DecodeInput input;
  const auto count = static_cast<std::uint16_t>(words.size());
  input.image.add({RegisterKind::holding, 0, count}, std::move(words));
  return driver.decode(input, {});
}

const device::Options kCurve{{"power_nominal", "80"}, {"power_minimum", "16"}, {"level_minimum", "20"}};

TEST_CASE("the dim curve is linear from the minimum to full light, and nothing when off") {
  const DimCurve curve{80, 16, 20};
  CHECK(curve.expected(100) == Approx(80));
  CHECK(curve.expected(60) == Approx(48));
  CHECK(curve.expected(20) == Approx(16));
  CHECK(curve.expected(5) == Approx(16));  // it does not burn lower
  CHECK(curve.expected(0) == 0);
  CHECK(curve.expected(250) == Approx(80));
  CHECK(DimCurve{80, 0, 0}.expected(50) == Approx(40));
}

TEST_CASE("a luminaire's power is compared with what its level asks for") {
  const auto driver = make(kCurve);
  REQUIRE(driver.has_value());
  // lamp 1 at 60 % draws what it should, lamp 2 at full light draws nothing.
  const auto decoded = decode(**driver, {60, 48, 0, 0, 100, 0});
  CHECK(number_of(**driver, decoded, "lamp-1.power_expected") == Approx(48));
  CHECK(number_of(**driver, decoded, "lamp-1.power_ratio") == Approx(1));
  CHECK(number_of(**driver, decoded, "lamp-2.power_expected") == Approx(80));
  CHECK(number_of(**driver, decoded, "lamp-2.power_ratio") == 0);
  CHECK(sample_of(**driver, decoded, "lamp-2.power_ratio").quality == Quality::good);
}

TEST_CASE("a lamp that is off has no ratio, an unread power no value, a doubtful level a doubtful one") {
  const auto driver = make(kCurve);
  REQUIRE(driver.has_value());
  const auto decoded = decode(**driver, {0, 30, 0, 0, 120, 0xFFFF});
  const auto off = sample_of(**driver, decoded, "lamp-1.power_ratio");
  CHECK(std::holds_alternative<std::monostate>(off.value));
  CHECK(is_bad(off.quality));
  CHECK(number_of(**driver, decoded, "lamp-1.power_expected") == 0);
  CHECK(is_bad(sample_of(**driver, decoded, "lamp-2.power_ratio").quality));
  const auto doubtful = decode(**driver, {120, 80, 0, 0, 50, 40});
  CHECK(sample_of(**driver, doubtful, "lamp-1.power_ratio").quality == Quality::uncertain_range_exceeded);
}

TEST_CASE("without a nominal power nothing is computed") {
  const auto driver = make({});
  REQUIRE(driver.has_value());
  CHECK(test::find_spec(**driver, "lamp-1.power_ratio") == nullptr);
  CHECK(test::find_spec(**driver, "lamp-1.power") != nullptr);
}

TEST_CASE("a curve that falls and a watchdog that starves are refused with their option") {
  const auto falls = make({{"power_nominal", "80"}, {"power_minimum", "90"}});
  REQUIRE(falls.has_error());
  CHECK(falls.error().what.find("power_minimum") != std::string::npos);
  CHECK(make({{"watchdog", "10"}}, std::chrono::seconds{5}).has_value());
  const auto starves = make({{"watchdog", "10"}}, std::chrono::seconds{6});
  REQUIRE(starves.has_error());
  CHECK(starves.error().what.find("at most 5 s") != std::string::npos);
  CHECK(make({}, std::chrono::hours{1}).has_value());
}

}  // namespace
}  // namespace wayside::drivers
