// Points of frame protocols: an item instead of a register.
#include <filesystem>
#include <fstream>

#include "config/load.hpp"
#include "support/catch.hpp"

namespace wayside::config {
namespace {

const device::DriverFamily kFamily{.name = "meter", .title = "Meters", .options = {}, .make = nullptr};
const std::array<const device::DriverFamily*, 1> kFamilies{&kFamily};

Loaded<device::Profile> load(const std::string& point) {
  const auto path = std::filesystem::temp_directory_path() / "wayside-item-points-test.yaml";
  std::ofstream(path) << "profile: p\nversion: 1\nfamily: meter\npoints:\n  - " << point << "\n";
  auto loaded = load_profile(path.string(), kFamilies);
  std::filesystem::remove(path);
  return loaded;
}

std::string problem(const std::string& point) {
  const auto loaded = load(point);
  return loaded.problems.empty() ? "" : loaded.problems.front().message();
}

TEST_CASE("an item stands for register, address and type") {
  const auto loaded = load("{name: voltage, item: \"02010100 bcd2\", scale: 0.1, unit: V, range: [0, 500]}");
  REQUIRE(loaded.value);
  const auto& point = loaded.value->points.at(0);
  CHECK(point.locator == "02010100 bcd2");
  CHECK(point.encoding == device::Encoding::s64);
  CHECK(point.scale == 0.1);
  CHECK(point.valid_max == 500.0);
  CHECK(point.source() == "item 02010100 bcd2");
}

TEST_CASE("a bit of an item may lie in any of its bytes") {
  const auto loaded = load("{name: relay, item: \"04000503 bits2\", bit: 20}");
  REQUIRE(loaded.value);
  CHECK(loaded.value->points.at(0).bit == 20);
  CHECK_FALSE(load("{name: relay, item: \"04000503 bits2\", bit: 63}").value);
}

TEST_CASE("an item with what only a register has is refused") {
  CHECK(problem("{name: v, item: \"1 x\", register: input}").find("'register' does not go with 'item'") !=
        std::string::npos);
  CHECK(problem("{name: v, item: \"1 x\", address: 1}").find("'address' does not go with 'item'") != std::string::npos);
  CHECK(problem("{name: v, item: \"1 x\", type: u16}").find("type") != std::string::npos);
  CHECK_FALSE(load("{name: v, item: 12}").value);  // read as a number it has lost its zeros: quote it
  CHECK(problem("{name: v, type: u16}").find("register") != std::string::npos);
}

}  // namespace
}  // namespace wayside::config
