#include "pipe_leak/calibration.hpp"

#include "common/test/frames.hpp"
#include "pipe_leak/pipe_leak.hpp"

namespace wayside::drivers {
namespace {

using model::Quality;
using namespace std::chrono_literals;

Calibration table(std::string_view text) {
  auto parsed = Calibration::parse(text);
  REQUIRE(parsed.has_value());
  return std::move(*parsed);
}

TEST_CASE("between two surveyed points a position lies on the line, at them on the points") {
  const auto c = table("0 12000, 250 12240.5,300 12240.5 ,  500 12640");
  CHECK(c.at(0).metres == 12000);
  CHECK(c.at(125).metres == 12120.25);
  CHECK(c.at(250).metres == 12240.5);
  CHECK(c.at(275).metres == 12240.5);  // a coil of fibre at one place
  CHECK(c.at(400).metres == 12440.25);
  CHECK(c.at(500).metres == 12640);
  for (const double fibre : {0.0, 125.0, 250.0, 500.0}) CHECK(c.at(fibre).surveyed);
}

TEST_CASE("outside the surveyed part the nearest line goes on, and that is said") {
  const auto c = table("100 1000, 200 1100, 300 1300");
  CHECK(c.at(50).metres == 950);
  CHECK_FALSE(c.at(50).surveyed);
  CHECK(c.at(350).metres == 1400);
  CHECK_FALSE(c.at(350).surveyed);
  CHECK_FALSE(c.at(300.001).surveyed);
}

TEST_CASE("a fibre that is laid against the stations runs backwards") {
  const auto c = table("0 900, 300 600");
  CHECK(c.at(100).metres == 800);
}

TEST_CASE("no table leaves positions along the fibre") {
  CHECK(table("none").empty());
  CHECK(table(" none ").empty());
}

TEST_CASE("a table that is none is refused with the pair that is wrong") {
  const auto error = [](std::string_view text) {
    const auto parsed = Calibration::parse(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == base::Errc::config);
    return parsed.error().what;
  };
  CHECK(error("").find("pair 1: ''") != std::string::npos);
  CHECK(error("0 12000").find("two pairs at least") != std::string::npos);
  CHECK(error("0 1, 0 2").find("pair 2: fibre 0 is not beyond 0") != std::string::npos);
  CHECK(error("0 1, 50 2, 20 3").find("pair 3: fibre 20 is not beyond 50") != std::string::npos);
  CHECK(error("0 1, 50").find("pair 2: '50' is no") != std::string::npos);
  CHECK(error("0 1, 50 2 3").find("pair 2") != std::string::npos);
  CHECK(error("0 1, fifty 2").find("pair 2: 'fifty 2'") != std::string::npos);
  CHECK(error("0 1, 50 2,").find("pair 3") != std::string::npos);
  CHECK(error("-1 1, 50 2").find("pair 1") != std::string::npos);
  CHECK(error("nan 1, 50 2").find("pair 1") != std::string::npos);
  CHECK(error("0 inf, 50 2").find("pair 1") != std::string::npos);
  CHECK(error("0 1, 1e9 2").find("pair 2") != std::string::npos);
  std::string many = "0 0";
  for (std::size_t n = 1; n <= Calibration::kMostPoints; ++n) many += ", " + std::to_string(n) + " 0";
  CHECK(error(many).find("1000 at most") != std::string::npos);
}

device::PointSpec point(std::string name, std::uint16_t address, std::string role, int bit = -1) {
  device::PointSpec spec;
  spec.name = spec.metric = std::move(name);
  spec.kind = device::RegisterKind::input;
  spec.address = address;
  spec.role = std::move(role);
  if (bit >= 0) spec.bit = bit;
  return spec;
}

device::Profile fibre() {
  device::Profile profile;
  profile.points = {point("fibre_break", 0, "fibre_break", 0), point("leak", 0, "leak", 1),
                    point("leak_position", 1, "leak_position"), point("break_position", 2, "break_position"),
                    point("length", 3, "distance")};
  profile.points[2].meaning = "Where the leak is.";
  profile.points[2].valid_min = 0;
  profile.points[2].valid_max = 5000;
  device::PointGroup zone{"zone", "zones", 1, 2, 2, 2, {}};
  zone.points = {point("t_avg", 4, ""), point("t_max_position", 5, "position")};
  profile.groups = {zone};
  return profile;
}

struct Fibre {
  explicit Fibre(device::Options options) {
    auto made = pipe_leak_family().make({fibre(), std::move(options), 1s});
    REQUIRE(made.has_value());
    driver = std::move(*made);
  }
  // Status, leak position, break position, length; of each zone its temperature and hottest place.
  void read(std::vector<std::uint16_t> words) {
    device::RegisterImage image;
    const auto count = static_cast<std::uint16_t>(words.size());
    image.add({device::RegisterKind::input, 0, count}, std::move(words));
    result = driver->decode({image, base::BootTime{1s}, {}}, {});
  }
  std::optional<double> number(const std::string& name) const { return test::number_of(*driver, result, name); }
  Quality quality(const std::string& name) const { return test::sample_of(*driver, result, name).quality; }
  const device::PointSpec& spec(const std::string& name) const {
    return *std::ranges::find(driver->points(), name, &device::PointSpec::name);
  }

  std::unique_ptr<device::Driver> driver;
  device::Decoded result;
};

TEST_CASE("with a calibration the positions are chainage; lengths and what zones cover stay along the fibre") {
  Fibre f(device::Options{{"calibration", "0 12000, 100 12080, 200 12180"}, {"zone_length", "100"}});
  f.read({0b11, 150, 120, 200, 12, 50, 13, 150});
  CHECK(f.number("leak_position") == 12130);
  CHECK(f.number("break_position") == 12100);
  CHECK(f.number("length") == 200);
  CHECK(f.number("zone-1.t_max_position") == 12040);
  CHECK(f.quality("leak_position") == Quality::good);
  // The break at 120 m of fibre is in the second zone of 100 m, wherever that is along the pipe.
  CHECK(f.quality("zone-1.t_avg") == Quality::good);
  CHECK(f.quality("zone-2.t_avg") == Quality::uncertain_sub_normal);
}

TEST_CASE("a position beyond the survey is told and doubted; without a leak there is none, as ever") {
  Fibre f(device::Options{{"calibration", "0 12000, 100 12080"}});
  f.read({0b10, 150, 0, 200, 12, 50, 13, 150});
  CHECK(f.number("leak_position") == 12120);
  CHECK(f.quality("leak_position") == Quality::uncertain_sub_normal);
  f.read({0, 150, 0, 200, 12, 50, 13, 150});
  CHECK_FALSE(f.number("leak_position"));
  CHECK(f.quality("leak_position") == Quality::bad_out_of_service);
}

TEST_CASE("where a position comes from stands in its meaning; the range of the fibre is no range of the pipe") {
  const Fibre plain(device::Options{});
  CHECK(plain.spec("leak_position").meaning == "Where the leak is.");
  CHECK(plain.spec("leak_position").valid_max == 5000);
  const Fibre f(device::Options{{"calibration", "0 12000, 100 12080"}});
  CHECK(f.spec("leak_position").meaning == "Where the leak is. [chainage by 2 surveyed points, fibre 0 to 100 m]");
  CHECK_FALSE(f.spec("leak_position").valid_max);
  CHECK_FALSE(f.spec("leak_position").valid_min);
  CHECK(f.spec("length").meaning.empty());
}

TEST_CASE("the range of the profile still refuses what the fibre cannot be") {
  Fibre f(device::Options{{"calibration", "0 12000, 100 12080"}});
  f.read({0b10, 6000, 0, 200, 12, 50, 13, 150});
  CHECK(f.quality("leak_position") != Quality::good);
}

TEST_CASE("one table does not fit several cables, and a bad one is refused with its name") {
  device::Profile several;
  device::PointGroup cable{"cable", "cables", 1, 2, 2, 2, {}};
  cable.points = {point("leak", 0, "leak", 0), point("leak_position", 1, "leak_position")};
  several.groups = {cable};
  const auto make = [](const device::Profile& profile, const std::string& text) {
    return pipe_leak_family().make({profile, {{"calibration", text}}, 1s});
  };
  auto made = make(several, "0 12000, 100 12080");
  REQUIRE(made.has_error());
  CHECK(made.error().what.find("'calibration'") != std::string::npos);
  CHECK(make(several, "none").has_value());
  made = make(fibre(), "0 12000");
  REQUIRE(made.has_error());
  CHECK(made.error().what.find("'calibration'") != std::string::npos);
}

}  // namespace
}  // namespace wayside::drivers
