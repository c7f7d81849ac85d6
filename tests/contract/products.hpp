// Every product of every family, for the tests of the driver contract. Test code only.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"
#include "support/catch.hpp"

namespace wayside::contract {

namespace fs = std::filesystem;
using device::Decoded;
using device::Driver;
using device::DriverConfig;
using device::DriverFamily;

inline const fs::path kDrivers = fs::path(WAYSIDE_SOURCE_DIR) / "drivers";

inline std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string told(const std::vector<config::Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem.message() + "\n";
  return text;
}

struct Product {
  const DriverFamily* family;
  device::Profile profile;
};

inline std::vector<Product> products() {
  std::vector<Product> all;
  for (const auto* family : device::driver_table()) {
    for (const auto& file : yaml_files(kDrivers / family->name / "profiles")) {
      auto loaded = config::load_profile(file.string(), device::driver_table());
      INFO(file << "\n" << told(loaded.problems));
      REQUIRE(loaded.value);
      all.push_back({family, std::move(*loaded.value)});
    }
  }
  return all;
}

inline base::Result<std::unique_ptr<Driver>> make(const Product& product, device::Options options = {}) {
  return product.family->make({product.profile, std::move(options), product.profile.period});
}

inline device::Options most_of_everything(const device::Profile& profile) {
  device::Options options;
  for (const auto& group : profile.groups) options[group.count_option] = std::to_string(group.max_count);
  return options;
}

// Each product once as delivered and once with as many instances as it may have.
template <class Check>
void for_each_driver(Check check) {
  for (const auto& product : products()) {
    for (const auto& options : {device::Options{}, most_of_everything(product.profile)}) {
      INFO("profile " << product.profile.name << (options.empty() ? "" : ", all instances"));
      const auto driver = make(product, options);
      REQUIRE(driver.has_value());
      check(product, **driver);
    }
  }
}

inline bool has_frames(const Driver& driver) { return driver.plan().protocol != nullptr; }

inline bool same(const Decoded& a, const Decoded& b) {
  const auto equal = [](const model::Sample& x, const model::Sample& y) {
    return x.point == y.point && x.value == y.value && x.quality == y.quality;
  };
  return a.state == b.state &&
         std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(), equal);
}

// Decodes twice; the answer must be the same, one sample a point at most, and well-formed.
inline Decoded decode_checked(const Driver& driver, const device::DecodeInput& input,
                              const device::DriverState& state) {
  auto result = driver.decode(input, state);
  CHECK(same(result, driver.decode(input, state)));
  std::vector<std::uint32_t> points;
  for (const auto& sample : result.samples) {
    points.push_back(sample.point);
    const bool empty = std::holds_alternative<std::monostate>(sample.value);
    if (empty) CHECK_FALSE(is_good(sample.quality));
  }
  std::sort(points.begin(), points.end());
  CHECK(std::adjacent_find(points.begin(), points.end()) == points.end());
  if (!points.empty()) REQUIRE(points.back() < driver.points().size());
  return result;
}

}  // namespace wayside::contract
