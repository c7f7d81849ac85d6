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

// text: two characters a register, as many registers as PointSpec::text_registers, padded with 0 or blanks.
// bcd16..bcd64: four decimal digits a register; a nibble above 9 is no number (bad_sensor_failure).
enum class Encoding : std::uint8_t { bit, u16, s16, u32, s32, u64, s64, f32, f64, bcd16, bcd32, bcd64, text };

// Order of the bytes of a value on the wire, most significant A: ABCD big-endian, CDAB words swapped,
// BADC bytes swapped in each word, DCBA little-endian. For four words the same idea word by word.
enum class ByteOrder : std::uint8_t { abcd, cdab, badc, dcba };

[[nodiscard]] constexpr std::uint16_t word_count(Encoding e) {
  switch (e) {
    case Encoding::bit:
    case Encoding::u16:
    case Encoding::s16:
    case Encoding::bcd16: return 1;
    case Encoding::u32:
    case Encoding::s32:
    case Encoding::f32:
    case Encoding::bcd32: return 2;
    case Encoding::u64:
    case Encoding::s64:
    case Encoding::f64:
    case Encoding::bcd64: return 4;
    case Encoding::text: return 0;  // see word_count(PointSpec)
  }
  return 1;
}

// Raw values from first to last, both included.
struct RawRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const RawRange&) const = default;
};

// Dead band of telemetry: a change smaller than this (absolute, or in percent of the last value told) is not sent by
// itself. Rules see every value. Bad quality and its end are always sent, and a value is at least every `at_least`.
struct DeadBand {
  double absolute = 0;
  double percent = 0;
  std::chrono::microseconds at_least{std::chrono::minutes{5}};
  bool operator==(const DeadBand&) const = default;
};

// How a point may be commanded. Values are in engineering units, back through scale and offset.
struct WriteSpec {
  RegisterKind kind = RegisterKind::holding;  // coil or holding
  std::uint16_t address = 0;
  bool multiple = false;      // by FC 15 / 16 even for one value
  std::optional<double> min;  // outside: refused
  std::optional<double> max;
  std::string read_back;               // the point that shows the measured effect; empty: the written one itself
  std::chrono::microseconds settle{};  // from the write to the read-back
  double tolerance = 0;                // how far the measured value may be off
  bool operator==(const WriteSpec&) const = default;
};

struct PointSpec {
  std::string name;                           // "power_total"; after expansion "lane-2.volume"
  std::string metric;                         // the same without the instance
  std::map<std::string, std::string> labels;  // after expansion {"lane": "2"}
  RegisterKind kind = RegisterKind::holding;
  std::uint16_t address = 0;
  Encoding encoding = Encoding::u16;
  ByteOrder order = ByteOrder::abcd;
  int bit = -1;  // 0..63: this bit of the value is a truth, or with bit_width > 1 the lowest of a field
  int bit_width = 1;
  std::uint16_t text_registers = 0;  // of a text
  // Where a frame protocol has the value, in the words of its family ("0201FF00+2 bcd2"); empty: in registers. With a
  // locator, kind, address and order say nothing.
  std::string locator;
  double scale = 1;
  double offset = 0;                // value = raw * scale + offset
  std::string unit;                 // UCUM
  std::optional<double> valid_min;  // outside: quality uncertain_range_exceeded
  std::optional<double> valid_max;
  std::vector<RawRange> error_values;        // raw values that mean "no value": quality bad_sensor_failure
  std::vector<RawRange> unsupported_values;  // "this unit does not have it": quality bad_configuration_error
  // Value classes, for a register that means several things: a point takes its share of the raw values.
  std::vector<RawRange> true_when;  // not empty: a truth, whether raw is in one of these
  // Not empty: with other raw values the point has no value (bad_out_of_service: good would keep the last one).
  std::vector<RawRange> only_when;
  std::map<std::int64_t, std::string> values;  // enumeration: raw value -> name; others: uncertain_range_exceeded
  std::optional<double> max_rate;              // units per second; a faster change: uncertain_sub_normal
  std::optional<std::chrono::microseconds> stuck_after;  // raw unchanged that long: uncertain_sensor_not_accurate
  std::optional<DeadBand> dead_band;
  std::optional<WriteSpec> write;  // none: read only
  // "2.3.0": the point is there only in firmware from / up to (not including) this; empty: in all.
  std::string since_firmware;
  std::string until_firmware;
  std::optional<std::chrono::microseconds> period;  // overrides the device's
  model::DataClass data_class = model::DataClass::internal;
  std::string role;  // what the family does with it: "counter", "sequence", "fibre_break", ...
  // For the data dictionary: what it means for people, and how it is measured or computed.
  std::string meaning;
  std::string definition;
  std::map<std::string, std::string> maps_to;             // public model -> name: talq, ngsi, ucifi
  std::map<std::string, std::string> maps_to_unverified;  // the same, not read in the model's own documents
  std::string since;                                      // release in which it came; empty: the profile's
  std::string changed;                                    // release in which its meaning last changed

  [[nodiscard]] std::string source() const;  // "input 52 f32 ABCD", for provenance
  bool operator==(const PointSpec&) const = default;
};

// Registers (or coils) that the point has on the device.
[[nodiscard]] constexpr std::uint16_t word_count(const PointSpec& spec) {
  return spec.encoding == Encoding::text ? spec.text_registers : word_count(spec.encoding);
}

// Written once each time the device begins to answer (and after a restart of it), before it is polled.
struct SetupWrite {
  std::string title;
  RegisterWrite write;
  // Only where the device's option (or the profile's default) has this value; empty: always.
  std::string option;
  std::string equals;
  // Compared first: what already stands there is not written again (flash of the device wears out).
  bool read_first = true;
  bool operator==(const SetupWrite&) const = default;
};

// Where a device says who it is; read when it begins to answer. For the asset record and firmware conditions.
struct IdentitySpec {
  std::optional<PointSpec> serial;
  std::optional<PointSpec> firmware;
  bool operator==(const IdentitySpec&) const = default;
};

struct PointGroup {
  std::string name;          // "lane"
  std::string count_option;  // "lanes"
  int first = 1;
  int default_count = 1;
  int max_count = 1;
  int stride = 0;  // registers from one instance to the next
  std::vector<PointSpec> points;
  bool operator==(const PointGroup&) const = default;
};

// A point that the product's profile once had: the data dictionary goes on telling what old data mean.
struct RetiredPoint {
  std::string metric;
  std::string unit;
  model::DataClass data_class = model::DataClass::internal;
  std::string meaning;
  std::string since;        // release in which it came
  std::string retired;      // release from which on it is not sent
  std::string replaced_by;  // metric; empty: nothing does
  bool operator==(const RetiredPoint&) const = default;
};

struct Profile {
  std::string name;
  std::uint32_t version = 0;
  std::string family;
  std::string title;
  std::string department;  // that such devices are for; who answers for one of them says the site
  std::string since;       // release in which its points came, where they do not say it themselves
  std::string source;      // where the facts come from
  std::uint16_t max_read_registers = kMaxReadRegisters;
  std::uint16_t max_hole = 0;  // registers no one asked for that may be read along
  std::chrono::microseconds response_timeout{std::chrono::milliseconds{500}};
  std::chrono::microseconds period{std::chrono::seconds{1}};  // default, the device may override
  std::map<std::string, std::string> defaults;                // options of the family with the product's value
  std::vector<PointSpec> points;
  std::vector<PointGroup> groups;
  std::vector<RetiredPoint> retired;
  std::vector<SetupWrite> setup;
  IdentitySpec identity;
  // The device wants this much silence after its answer before the next request (beyond the bus's own gap).
  std::chrono::microseconds quiet{};
  bool operator==(const Profile&) const = default;
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
