#include <fmt/format.h>

#include <map>

#include "cli/dictionary.hpp"

namespace wayside::cli {
namespace {

using pipeline::DictionaryEntry;
using pipeline::EntryKind;

constexpr std::size_t kMostOrigins = 3;

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string value_of(const DictionaryEntry& entry) {
  if (entry.kind == EntryKind::number) return entry.unit.empty() ? "1" : "`" + cell(entry.unit) + "`";
  if (entry.values.empty()) return std::string(to_string(entry.kind));
  std::string out;
  for (const auto& [number, name] : entry.values) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", number, cell(name));
  }
  return out;
}

std::string range_of(const DictionaryEntry& entry) {
  const auto end = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : "..."; };
  if (!entry.valid_min && !entry.valid_max) return "";
  return fmt::format("{} to {}", end(entry.valid_min), end(entry.valid_max));
}

std::string meaning_of(const DictionaryEntry& entry) {
  auto out = cell(entry.meaning);
  if (!entry.definition.empty()) {
    out += entry.derived ? " `" + cell(entry.definition) + "`" : " " + cell(entry.definition);
  }
  if (!entry.replaced_by.empty()) out += " Now `" + entry.replaced_by + "`.";
  return out;
}

std::string life_of(const DictionaryEntry& entry) {
  auto out = entry.since;
  if (!entry.changed.empty()) out += ", changed " + entry.changed;
  if (!entry.retired.empty()) out += ", retired " + entry.retired;
  return out;
}

std::string mapping_of(const DictionaryEntry& entry, const char* model) {
  const auto found = entry.maps_to.find(model);
  if (found == entry.maps_to.end()) return "";
  return cell(found->second.name) + (found->second.verified ? "" : " (unverified)");
}

std::string origins_of(const DictionaryEntry& entry) {
  std::string out;
  for (std::size_t i = 0; i < std::min(kMostOrigins, entry.origins.size()); ++i) {
    out += (out.empty() ? "" : ", ") + cell(entry.origins[i].name);
  }
  if (entry.origins.size() > kMostOrigins) out += fmt::format(" and {} more", entry.origins.size() - kMostOrigins);
  return out;
}

std::string row(const DictionaryEntry& entry) {
  return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", entry.metric, meaning_of(entry),
                     value_of(entry), range_of(entry), to_string(entry.data_class), life_of(entry),
                     mapping_of(entry, "talq"), mapping_of(entry, "ngsi"), mapping_of(entry, "ucifi"),
                     origins_of(entry));
}

}  // namespace

std::string to_markdown(const pipeline::Dictionary& dictionary, const pipeline::DictionaryHead& head) {
  std::map<std::string, std::string> by_department;
  for (const auto& entry : dictionary.entries) {
    if (entry.departments.empty()) by_department[""] += row(entry);
    for (const auto& department : entry.departments) by_department[department] += row(entry);
  }
  std::string out = fmt::format("# The data dictionary{}\n\n", head.gateway.empty() ? "" : " of " + head.gateway);
  out +=
      "Made by `wayside dictionary --markdown` from the profiles and rules; a change belongs there. A metric means one "
      "thing\nwherever it stands: its unit, its class and its names in other models are the same for every product. "
      "Value: the UCUM unit of\na number (`1`: it has none), or what its numbers are called. Range: of all products "
      "together. Since: the release. TALQ is its\ndata model 2.7, NGSI-LD the Smart Data Models, uCIFI its LwM2M "
      "objects "
      "(object/resource); units may differ there (kW, shares\nof 1), so a mapping converts.\n";
  for (const auto& [department, rows] : by_department) {
    out += fmt::format("\n## {}\n\n", department.empty() ? "Of every department" : department);
    out += "| metric | meaning | value | range | class | since | TALQ | NGSI-LD | uCIFI | from |\n";
    out += "|---|---|---|---|---|---|---|---|---|---|\n" + rows;
  }
  return out;
}

}  // namespace wayside::cli
