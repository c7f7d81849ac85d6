// The values of a series in a test of rules, in a notation like promtool's (docs/rules-test.md): "0x5 1+2x10 bad _".
// Kept as it is written: a million samples take no more room than one. Immutable once parsed; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/quality.hpp"

namespace wayside::config {

struct TestSample {
  enum class Kind : std::uint8_t {
    number,
    truth,
    name,   // of a value of the point
    bad,    // read, and bad
    none,   // not read
    stale,  // the last value, and it is too old
  };
  Kind kind = Kind::number;
  double number = 0;  // of a truth 1 or 0
  std::string name;
  model::Quality quality = model::Quality::good;
};

class TestValues {
 public:
  static constexpr std::uint64_t kMostSamples = 1'000'000'000;
  static constexpr std::size_t kMostWords = 10'000;
  static constexpr int kDeepest = 8;

  struct Parsed;
  // Error: what is wrong, with the byte it is at.
  [[nodiscard]] static Parsed parse(std::string_view text);

  [[nodiscard]] std::uint64_t size() const { return runs_.empty() ? 0 : runs_.back().end; }
  // Requires: i < size().
  [[nodiscard]] TestSample at(std::uint64_t i) const;
  // That it speaks of.
  [[nodiscard]] const std::set<std::string>& names() const { return names_; }

 private:
  friend class TestValuesParser;
  struct Run {
    std::uint64_t end = 0;  // the sample behind it
    TestSample first;
    double step = 0;
    std::shared_ptr<const TestValues> group;  // instead: words in parentheses, again and again
  };
  std::vector<Run> runs_;
  std::set<std::string> names_;
};

struct TestValues::Parsed {
  TestValues values;
  std::string error;  // empty: none
  std::size_t offset = 0;
};

// A quality by its name: "bad_sensor_failure".
[[nodiscard]] std::optional<model::Quality> parse_quality(std::string_view text);
[[nodiscard]] std::vector<std::string> quality_names();
[[nodiscard]] std::string_view quality_name(model::Quality quality);

}  // namespace wayside::config
