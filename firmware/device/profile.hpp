// A profile: what the registers of one product are, as data. Made by config from YAML; a driver family turns it
// into a plan and decodes by it. Values; constant after loading; any thread.
//
// Repeated things (lanes, zones, lamps) are groups: their points have an instance number in name and address:
//   instance n (first, first+1, ...) of a point: name "<group>-<n>.<metric>", address + (n - first) * stride,
//   label {<group>: "<n>"}. How many there are is an option of the device with the group's count option.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "device/register_plan.hpp"
#include "model/data_class.hpp"

namespace wayside::device {

enum class Encoding : std::uint8_t { bit, u16, s16, u32, s32, u64, s64, f32, f64 };

// Order of the bytes of a value on the wire, most significant A: ABCD big-endian, CDAB words swapped,
// BADC bytes swapped in each word, DCBA little-endian. For four words the same idea word by word.
enum class ByteOrder : std::uint8_t { abcd, cdab, badc, dcba };

[[nodiscard]] constexpr std::uint16_t word_count(Encoding e) {
  switch (e) {
    case Encoding::bit:
    case Encoding::u16:
    case Encoding::s16: return 1;
    case Encoding::u32:
    case Encoding::s32:
    case Encoding::f32: return 2;
    case Encoding::u64:
    case Encoding::s64:
    case Encoding::f64: return 4;
  }
  return 1;
}

struct PointSpec {
  std::string name;                           // "power_total"; after expansion "lane-2.volume"
  std::string metric;                         // the same without the instance
  std::map<std::string, std::string> labels;  // after expansion {"lane": "2"}
  RegisterKind kind = RegisterKind::holding;
  std::uint16_t address = 0;
  Encoding encoding = Encoding::u16;
  ByteOrder order = ByteOrder::abcd;
  int bit = -1;  // 0..15: this bit of the register is a truth
  double scale = 1;
  double offset = 0;                // value = raw * scale + offset
  std::string unit;                 // UCUM
  std::optional<double> valid_min;  // outside: quality uncertain_range_exceeded
  std::optional<double> valid_max;
  std::vector<std::int64_t> error_values;           // raw values that mean "no value": quality bad_sensor_failure
  std::optional<std::chrono::microseconds> period;  // overrides the device's
  model::DataClass data_class = model::DataClass::internal;
  std::string role;  // what the family does with it: "counter", "sequence", "fibre_break", ...
  std::string meaning;
  std::map<std::string, std::string> maps_to;  // public model -> name: talq, ngsi, ucifi

  [[nodiscard]] std::string source() const;  // "input 52 f32 ABCD", for provenance
};

struct PointGroup {
  std::string name;          // "lane"
  std::string count_option;  // "lanes"
  int first = 1;
  int default_count = 1;
  int max_count = 1;
  int stride = 0;  // registers from one instance to the next
  std::vector<PointSpec> points;
};

struct Profile {
  std::string name;
  std::uint32_t version = 0;
  std::string family;
  std::string title;
  std::string source;  // where the facts come from
  std::uint16_t max_read_registers = kMaxReadRegisters;
  std::uint16_t max_hole = 0;  // registers no one asked for that may be read along
  std::chrono::microseconds response_timeout{std::chrono::milliseconds{500}};
  std::chrono::microseconds period{std::chrono::seconds{1}};  // default, the device may override
  std::map<std::string, std::string> defaults;                // options of the family with the product's value
  std::vector<PointSpec> points;
  std::vector<PointGroup> groups;
};

// A device's options, as written in gateway.yaml over the profile's defaults.
using Options = std::map<std::string, std::string>;

// All points of one device: the profile's, and each group as often as the options say.
// Errors (Errc::config): a count that is no number or outside 0..max, an address past 65535.
[[nodiscard]] base::Result<std::vector<PointSpec>> expand(const Profile& profile, const Options& options);

// Fewest blocks that cover the points, by period and kind, within the profile's read limit and hole.
// `period` is the device's where a point has none. Errors (Errc::config): a value wider than the read limit.
[[nodiscard]] base::Result<ReadPlan> plan_reads(const Profile& profile, const std::vector<PointSpec>& points,
                                                std::chrono::microseconds period);

}  // namespace wayside::device
