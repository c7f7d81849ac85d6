// Device maps that others wrote -> a profile of ours. Each importer is pure: text in, a profile and findings out; no
// file, no clock. What cannot be carried over is a finding with its reason and never a guess. Synchronous, in a tool.
//
// Sources of the formats: edgex.hpp, telegraf.hpp, sunspec.hpp, csv.hpp name them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/profile.hpp"
#include "model/rule_spec.hpp"

namespace wayside::config {

inline constexpr std::size_t kMaxImportSize = 4U * 1024 * 1024;
inline constexpr std::size_t kMaxImportPoints = 5000;
inline constexpr std::size_t kMaxImportFindings = 1000;

struct Finding {
  enum class Kind : std::uint8_t {
    note,      // carried over; what a person should know about how
    not_kept,  // the thing is carried over, this part of it is not
    dropped,   // the thing is not carried over
    refused,   // nothing can be carried over from here on
  };
  model::SourcePlace place;
  Kind kind = Kind::note;
  std::string what;    // "point 'Temperature'"
  std::string reason;  // a sentence
};

[[nodiscard]] std::string_view to_string(Finding::Kind kind);

// What the person at the keyboard knows and the file does not say.
struct ImportOptions {
  std::string file;    // for places and the profile's source; not opened
  std::string digest;  // of the text, for the profile's source; may be empty
  std::string name;    // of the profile; empty: made from the text or the file's name
  std::string family = "generic";
  bool writes = false;                       // points that the source calls writable may be commanded
  bool bits = false;                         // SunSpec: a truth for each named bit of a bit field
  bool plain_addresses = false;              // CSV: 40001 is an address and not the number of a holding register
  std::optional<int> address_base;           // EdgeX, CSV: what the first register is called, 0 or 1
  std::optional<device::RegisterKind> kind;  // CSV without a column for it
  std::optional<device::ByteOrder> order;    // CSV without a column for it
  std::optional<int> unit;                   // Telegraf: of several devices this one
  std::string section;                       // Telegraf: of several [[inputs.modbus]] the one with this name
  int base = 40000;                          // SunSpec: address of the marker "SunS"
  std::optional<int> model_offset;           // SunSpec: registers from there to the model's ID
  std::map<std::string, int> scale_factors;  // SunSpec: point -> exponent of ten, as read from the device
  std::map<std::string, int> counts;         // SunSpec: group or point -> how many, as read from the device
};

struct Imported {
  device::Profile profile;
  std::vector<Finding> findings;
  std::size_t more_findings = 0;     // beyond kMaxImportFindings
  std::map<std::string, int> lines;  // of the source, by the name of a point
  [[nodiscard]] bool empty() const { return profile.points.empty() && profile.groups.empty(); }
};

enum class ImportFormat : std::uint8_t { edgex, telegraf, sunspec, csv };

// By the file's ending, and for YAML and JSON by what is in it. None: say it by an option.
[[nodiscard]] std::optional<ImportFormat> guess_format(std::string_view file, std::string_view text);
[[nodiscard]] std::optional<ImportFormat> parse_format(std::string_view word);

// Refuses (a finding, an empty profile) what is too large, no UTF-8, or no document of the format.
[[nodiscard]] Imported import_map(ImportFormat format, std::string_view text, const ImportOptions& options);

}  // namespace wayside::config
