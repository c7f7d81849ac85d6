// The data dictionary: every kind of point in one table, whatever product, rule or part of the gateway has it. The
// metric is the key: what has one metric means one thing, everywhere in the city. Built from the profiles, the
// recording rules and the points that the gateway adds; never written by hand. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "device/profile.hpp"
#include "model/point_table.hpp"
#include "model/rule_spec.hpp"

namespace wayside::pipeline {

enum class EntryKind : std::uint8_t { number, truth, enumeration, text };
[[nodiscard]] std::string_view to_string(EntryKind kind);

// A name in a public model (TALQ 2.7, NGSI-LD, uCIFI).
struct Mapping {
  std::string name;
  bool verified = false;  // read in the model's own documents
};

// Who has such a point, and where what he says of it differs from the entry.
struct DictionaryOrigin {
  std::string name;           // "eastron-sdm630", "junction/congestion_index", "gateway"
  std::uint32_t version = 0;  // of a profile; 0: it has none
  std::string from;           // "input 52 f32 ABCD", "rule junction/congestion_index"
  std::string meaning;        // empty: the entry's
  std::optional<double> valid_min;
  std::optional<double> valid_max;
};

struct DictionaryEntry {
  std::string metric;
  std::string unit;  // UCUM; empty: none, or of dimension one
  EntryKind kind = EntryKind::number;
  std::map<std::int64_t, std::string> values;  // of an enumeration
  std::optional<double> valid_min;             // of all origins together; none: at least one sets no limit
  std::optional<double> valid_max;
  model::DataClass data_class = model::DataClass::internal;
  std::string meaning;     // for people: what most origins say
  std::string definition;  // how it is measured or computed; of a derived point its expression
  std::set<std::string> departments;
  std::set<std::string> instances;  // what it may stand several times for: "lane", "lamp"
  bool derived = false;             // computed on the gateway
  std::map<std::string, Mapping> maps_to;
  std::string since;  // releases; empty: not known, or never
  std::string changed;
  std::string retired;      // nobody sends it any more
  std::string replaced_by;  // the metric
  std::vector<DictionaryOrigin> origins;
};

// What one origin says.
struct DictionaryItem {
  DictionaryEntry entry;  // without origins
  DictionaryOrigin origin;
};

struct Dictionary {
  std::vector<DictionaryEntry> entries;     // by metric
  std::vector<std::string> contradictions;  // one metric with two units, kinds of value, classes, ...: in words
};

// The points that a driver has by a profile, and those that the profile has retired. `department`: empty: the
// profile's.
[[nodiscard]] std::vector<DictionaryItem> dictionary_items(const device::Profile& profile,
                                                           std::span<const device::PointSpec> points,
                                                           const std::string& department);

// What the gateway has made by itself: derived points, with what their rules say, asset records, its own points.
[[nodiscard]] std::vector<DictionaryItem> dictionary_items(const model::PointTable& points,
                                                           std::span<const model::RuleSpec> rules);

// Gathers items; of what is said again (the ten thousandth lamp of one product) nothing is kept.
class DictionaryItems {
 public:
  void add(std::vector<DictionaryItem> items);
  [[nodiscard]] std::vector<DictionaryItem> take() { return std::move(items_); }

 private:
  std::vector<DictionaryItem> items_;
  std::set<std::string> seen_;
};

// Of contradicting items the first one's unit, kind and names are taken, and the highest class.
[[nodiscard]] Dictionary make_dictionary(std::vector<DictionaryItem> items);

}  // namespace wayside::pipeline
