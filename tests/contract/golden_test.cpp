// Every product profile of a register device has a golden file, drivers/<family>/test/golden/<profile>.golden: answers
// as the device would give them, and what they must mean. Lines, '#' begins a comment:
//
//   option <name> <value>                        of the device
//   <kind> <first>: <answer in hexadecimal>      as in frame files (common/test/frames.hpp)
//   expect <point> <value> [<quality>]           a number, true, false, "text" or none; good if not told
//
// Every metric of the profile must be expected at least once.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "common/test/frames.hpp"
#include "config/load.hpp"

namespace wayside {
namespace {

namespace fs = std::filesystem;

const fs::path kDrivers = fs::path(WAYSIDE_SOURCE_DIR) / "drivers";

struct Expectation {
  std::string point;
  std::string value;
  std::string quality = "good";
};

struct Golden {
  device::Options options;
  device::RegisterImage image;
  std::vector<Expectation> expected;
};

Expectation read_expectation(std::istringstream& words) {
  Expectation out;
  words >> out.point >> std::ws;
  if (words.peek() == '"') {
    words.get();
    std::getline(words, out.value, '"');
    out.value.insert(0, 1, '"');
  } else {
    words >> out.value;
  }
  std::string quality;
  words >> std::ws;
  if (std::getline(words, quality) && !quality.empty())
    out.quality = quality.substr(0, quality.find_last_not_of(' ') + 1);
  return out;
}

Golden load(const fs::path& file) {
  std::ifstream in(file);
  if (!in) FAIL(file << ": every profile needs its golden file");
  Golden golden;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    INFO(file.string() << ":" << ++number << ": " << line);
    line.erase(std::min(line.find('#'), line.size()));
    std::istringstream words(line);
    std::string first;
    if (!(words >> first)) continue;
    if (first == "option") {
      std::string name;
      words >> name >> golden.options[name];
    } else if (first == "expect") {
      golden.expected.push_back(read_expectation(words));
    } else {
      drivers::test::add_frame(golden.image, line);
    }
  }
  return golden;
}

void check_value(const model::Value& value, const std::string& expected) {
  if (expected == "none") {
    CHECK(std::holds_alternative<std::monostate>(value));
  } else if (expected == "true" || expected == "false") {
    CHECK(value == model::Value(expected == "true"));
  } else if (expected.starts_with('"')) {
    CHECK(value == model::Value(expected.substr(1)));
  } else {
    char* end = nullptr;
    const double wanted = std::strtod(expected.c_str(), &end);
    INFO("expected is a number, true, false, \"text\" or none; an enumeration is told by its number");
    REQUIRE(end == expected.c_str() + expected.size());
    REQUIRE_FALSE(expected.empty());
    const auto number = model::as_number(value);
    REQUIRE(number);
    CHECK_FALSE(std::holds_alternative<bool>(value));
    CHECK(*number == Approx(wanted).epsilon(1e-6).margin(1e-9));
  }
}

void check_product(const device::DriverFamily& family, const device::Profile& profile, const Golden& golden) {
  auto options = profile.defaults;
  for (const auto& [name, value] : golden.options) options[name] = value;
  const auto driver = family.make({profile, options, profile.period});
  REQUIRE(driver.has_value());
  const auto decoded = (*driver)->decode({golden.image, base::from_us(1'000'000), {}}, {});
  std::set<std::string> metrics;
  for (const auto& point : (*driver)->points()) metrics.insert(point.metric);
  for (const auto& expectation : golden.expected) {
    INFO("expect " << expectation.point << " " << expectation.value);
    const auto* spec = drivers::test::find_spec(**driver, expectation.point);
    if (spec == nullptr) FAIL("the profile has no such point, and its family computes none");
    metrics.erase(spec->metric);
    const auto sample = drivers::test::sample_of(**driver, decoded, expectation.point);
    check_value(sample.value, expectation.value);
    CHECK(to_string(sample.quality) == expectation.quality);
  }
  for (const auto& metric : metrics)
    FAIL_CHECK("metric '" << metric << "' is never expected: add a line 'expect <point> <value>'");
}

TEST_CASE("every register product decodes its golden answers") {
  std::size_t count = 0;
  for (const auto* family : device::driver_table()) {
    if (family->protocol != nullptr) continue;
    for (const auto& entry : fs::directory_iterator(kDrivers / family->name / "profiles")) {
      const auto loaded = config::load_profile(entry.path().string(), device::driver_table());
      for (const auto& problem : loaded.problems) WARN(problem.message());
      REQUIRE(loaded.value);
      const auto name = loaded.value->name + ".golden";
      INFO(name);
      check_product(*family, *loaded.value, load(kDrivers / family->name / "test" / "golden" / name));
      ++count;
    }
  }
  CHECK(count > 0);
}

}  // namespace
}  // namespace wayside
