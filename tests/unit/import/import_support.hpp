// What the import tests share: a file of tests/data/profiles-import carried over, written, read back and decoded.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/import/profile_writer.hpp"
#include "config/load.hpp"
#include "device/decoder.hpp"
#include "support/catch.hpp"

namespace wayside::config::test {

inline std::string data_file(const std::string& name) {
  std::ifstream in(WAYSIDE_IMPORT_DATA "/" + name, std::ios::binary);
  INFO("file " << name);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline ImportOptions options_for(std::string file) {
  ImportOptions options;
  options.file = std::move(file);
  options.digest = "00ff";
  return options;
}

inline Imported import_text(ImportFormat format, const std::string& text, const ImportOptions& options) {
  auto imported = import_map(format, text, options);
  fit_to_keys(imported, options);
  return imported;
}

inline Imported import_file(ImportFormat format, ImportOptions options) {
  return import_text(format, data_file(options.file), options);
}

// The findings, one a line: "12: point 'x': not carried over: why".
inline std::string told(const Imported& imported) {
  std::string out;
  for (const auto& f : imported.findings) {
    out +=
        std::to_string(f.place.line) + ": " + f.what + ": " + std::string(to_string(f.kind)) + ": " + f.reason + "\n";
  }
  return out;
}

inline bool tells(const Imported& imported, const std::string& words) {
  return told(imported).find(words) != std::string::npos;
}

// As the gateway would have it: written, read back by the strict reader, expanded.
inline std::vector<device::PointSpec> accepted(const Imported& imported) {
  const auto yaml = write_profile(imported);
  const auto loaded = parse_profile("imported.yaml", yaml, device::driver_table());
  std::string problems;
  for (const auto& problem : loaded.problems) problems += problem.message() + "\n";
  INFO(yaml << "\n" << problems << "\n" << told(imported));
  REQUIRE(loaded.value);
  const auto points = device::expand(*loaded.value, {});
  REQUIRE(points.has_value());
  return *points;
}

inline const device::PointSpec& point_of(const std::vector<device::PointSpec>& points, const std::string& name) {
  for (const auto& point : points) {
    if (point.name == name) return point;
  }
  FAIL("no point " << name);
  return points.front();
}

// Of `words` at the point's own registers.
inline model::Sample decoded(const std::vector<device::PointSpec>& points, const std::string& name,
                             std::vector<std::uint16_t> words) {
  const auto& point = point_of(points, name);
  INFO("point " << name);
  REQUIRE(words.size() == device::word_count(point));
  device::RegisterImage image;
  const auto count = static_cast<std::uint16_t>(words.size());
  image.add({point.kind, point.address, count}, std::move(words));
  const auto sample = device::decode_point(point, 0, image);
  REQUIRE(sample);
  return *sample;
}

inline double number_of(const std::vector<device::PointSpec>& points, const std::string& name,
                        std::vector<std::uint16_t> words) {
  const auto number = model::as_number(decoded(points, name, std::move(words)).value);
  REQUIRE(number);
  return *number;
}

}  // namespace wayside::config::test
