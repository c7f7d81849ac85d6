// What the families' tests share: images out of frame files, and samples by the name of their point.
//
// A frame file holds answers of a device, one a line: "<kind> <first>: <function> <byte count> <data...>", all but the
// address in hexadecimal; '#' begins a comment. Several lines make one image.
#pragma once

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "device/driver.hpp"
#include "support/catch.hpp"

namespace wayside::drivers::test {

inline device::RegisterKind kind_of(std::uint8_t function) {
  switch (function) {
    case 1: return device::RegisterKind::coil;
    case 2: return device::RegisterKind::discrete;
    case 3: return device::RegisterKind::holding;
    default: return device::RegisterKind::input;
  }
}

inline void add_frame(device::RegisterImage& image, const std::string& line) {
  INFO("a frame is '<kind> <address>: <function> <number of data bytes> <data>', but for the address hexadecimal");
  INFO("found '" << line << "'");
  const auto colon = line.find(':');
  REQUIRE(colon != std::string::npos);
  std::istringstream head(line.substr(0, colon));
  std::string kind;
  std::uint16_t first = 0;
  head >> kind >> first;
  std::string hex = line.substr(colon + 1);
  hex.erase(std::remove(hex.begin(), hex.end(), ' '), hex.end());
  const auto bytes = base::from_hex(hex);
  REQUIRE(bytes);
  REQUIRE(bytes->size() >= 3);
  REQUIRE(bytes->at(1) + 2U == bytes->size());
  REQUIRE(to_string(kind_of(bytes->at(0))) == kind);
  std::vector<std::uint16_t> words;
  const bool bits = bytes->at(0) <= 2;  // eight a byte, the lowest first; the last byte is filled up with zeros
  for (std::size_t i = 2; bits && i < 8 * (bytes->size() - 2) + 2; ++i) {
    const unsigned byte = (*bytes)[2 + (i - 2) / 8];
    words.push_back(static_cast<std::uint16_t>((byte >> ((i - 2) % 8)) & 1U));
  }
  for (std::size_t i = 2; !bits && i + 1 < bytes->size(); i += 2) {
    words.push_back(static_cast<std::uint16_t>((*bytes)[i] << 8U | (*bytes)[i + 1]));
  }
  const auto count = static_cast<std::uint16_t>(words.size());
  image.add({kind_of(bytes->at(0)), first, count}, std::move(words));
}

inline device::RegisterImage load_image(const std::string& file) {
  std::ifstream in(file);
  INFO("frames of " << file);
  REQUIRE(in);
  device::RegisterImage image;
  for (std::string line; std::getline(in, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \r") != std::string::npos) add_frame(image, line);
  }
  return image;
}

// The frames of a file for a frame protocol: bytes in hexadecimal, one frame a line, in the order they came.
inline std::vector<base::Bytes> load_frames(const std::string& file) {
  std::ifstream in(file);
  INFO("frames of " << file);
  REQUIRE(in);
  std::vector<base::Bytes> frames;
  for (std::string line; std::getline(in, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    std::erase_if(line, [](char c) { return c == ' ' || c == '\r'; });
    if (line.empty()) continue;
    auto bytes = base::from_hex(line);
    REQUIRE(bytes);
    frames.push_back(std::move(*bytes));
  }
  return frames;
}

inline const device::PointSpec* find_spec(const device::Driver& driver, const std::string& name) {
  for (const auto& point : driver.points()) {
    if (point.name == name) return &point;
  }
  return nullptr;
}

// The sample of a point; fails the test when there is none.
inline model::Sample sample_of(const device::Driver& driver, const device::Decoded& decoded, const std::string& name) {
  INFO("point " << name);
  for (const auto& sample : decoded.samples) {
    if (driver.points()[sample.point].name == name) return sample;
  }
  FAIL("no sample");
  return {};
}

inline std::optional<double> number_of(const device::Driver& driver, const device::Decoded& decoded,
                                       const std::string& name) {
  return model::as_number(sample_of(driver, decoded, name).value);
}

}  // namespace wayside::drivers::test
