#include "config/import/collector.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <utility>

#include "config/import/names.hpp"
#include "device/decoder.hpp"

namespace wayside::config {
namespace {

using device::PointSpec;

constexpr int kLastAddress = 65535;

bool is_text(const PointSpec& point) { return point.encoding == device::Encoding::text; }

// Why a profile cannot hold the point; empty when it can.
std::string refusal(const PointSpec& point) {
  const int words = device::word_count(point);
  if (is_text(point) && (words < 1 || words > device::kMaxReadRegisters)) {
    return fmt::format("a text of {} registers: one read carries 1 to {}", words, device::kMaxReadRegisters);
  }
  if (point.address + words - 1 > kLastAddress) {
    return fmt::format("its {} registers from {} on end past 65535", words, point.address);
  }
  if (!std::isfinite(point.scale) || point.scale == 0 || !std::isfinite(point.offset)) {
    return fmt::format("scale {} and offset {} give no value", point.scale, point.offset);
  }
  const int bits = 16 * words;
  if (point.bit >= 0 && (is_text(point) || point.bit + point.bit_width > bits)) {
    return fmt::format("bits {} to {} of a value of {} bits", point.bit, point.bit + point.bit_width - 1, bits);
  }
  return {};
}

}  // namespace

std::string_view to_string(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::note: return "note";
    case Finding::Kind::not_kept: return "not kept";
    case Finding::Kind::dropped: return "not carried over";
    case Finding::Kind::refused: return "refused";
  }
  return "?";
}

void Collector::tell(int line, Finding::Kind kind, std::string& what, std::string& reason) {
  if (out_.findings.size() >= kMaxImportFindings) {
    ++out_.more_findings;
    return;
  }
  out_.findings.push_back({{options_.file, line, 1}, kind, one_line(what, 120), one_line(reason, 400)});
}

bool Collector::add(PointSpec point, int line) {
  if (!settle(point, names_, line)) return false;
  out_.profile.points.push_back(std::move(point));
  return true;
}

bool Collector::add_group(device::PointGroup group, int line) {
  const auto label = fmt::format("group '{}'", group.name);
  auto name = metric_name_of(group.name);
  if (name.empty()) name = "group";
  for (int n = 2; groups_.contains(name); ++n) name = fmt::format("{}_{}", metric_name_of(group.name), n);
  groups_.insert(name);
  group.name = name;
  group.count_option = name + "s";
  Names taken;
  std::vector<PointSpec> kept;
  for (auto& point : group.points) {
    if (settle(point, taken, line)) kept.push_back(std::move(point));
  }
  group.points = std::move(kept);
  if (group.points.empty()) {
    dropped(line, label, "none of its points could be carried over");
    return false;
  }
  out_.profile.groups.push_back(std::move(group));
  return true;
}

bool Collector::settle(PointSpec& point, Names& taken, int line) {
  const auto label = fmt::format("point '{}'", one_line(point.name, 60));
  if (full()) {
    if (count_++ == kMaxImportPoints) {
      dropped(line, label, fmt::format("a profile of more than {} points: what follows is left out", kMaxImportPoints));
    }
    return false;
  }
  if (auto reason = refusal(point); !reason.empty()) {
    dropped(line, label, std::move(reason));
    return false;
  }
  ++count_;
  settle_kind(point, label, line);
  settle_unit(point, label, line);
  settle_range(point, label, line);
  settle_name(point, taken, line);
  point.meaning = sentence(point.meaning);
  return true;
}

// What says nothing about a text, a truth or values with names, and what the profile's reader would refuse there.
void Collector::settle_kind(PointSpec& point, const std::string& label, int line) {
  const bool truth = device::is_truth(point);
  if (!is_text(point) && !truth && point.values.empty()) return;
  const std::string_view kind = is_text(point) ? "a text" : truth ? "a truth" : "values with names";
  if (point.scale != 1 || point.offset != 0) not_kept(line, label, fmt::format("a scale or offset of {}", kind));
  if (point.valid_min || point.valid_max) not_kept(line, label, fmt::format("a range of {}", kind));
  point.scale = 1;
  point.offset = 0;
  point.valid_min.reset();
  point.valid_max.reset();
  if (!is_text(point) && !truth) return;
  if (!point.values.empty()) not_kept(line, label, fmt::format("names of values of {}", kind));
  if (!point.unit.empty()) not_kept(line, label, fmt::format("the unit of {}", kind));
  point.values.clear();
  point.unit.clear();
  if (!is_text(point) && point.encoding != device::Encoding::bit) return;
  point.error_values.clear();
  point.unsupported_values.clear();
}

void Collector::settle_name(PointSpec& point, Names& taken, int line) {
  const auto original = one_line(point.name, 60);
  auto name = metric_name_of(point.name);
  if (name.empty()) {
    name = fmt::format("{}_{}", device::to_string(point.kind), point.address);
    if (point.bit >= 0) name += fmt::format("_{}", point.bit);
    note(line, fmt::format("point '{}'", original), fmt::format("named '{}' after its register: names are a-z", name));
    if (point.meaning.empty()) point.meaning = original;
  }
  const auto wanted = name;
  const auto [first, is_new] = taken.try_emplace(wanted, 2);
  if (!is_new) {
    do {
      name = fmt::format("{}_{}", wanted, first->second++);
    } while (!taken.try_emplace(name, 2).second);
  }
  if (name != wanted) {
    note(line, fmt::format("point '{}'", original), fmt::format("named '{}': '{}' is taken", name, wanted));
  }
  out_.lines.try_emplace(name, line);
  point.name = name;
  point.metric = name;
}

void Collector::settle_unit(PointSpec& point, const std::string& label, int line) {
  const bool number = point.encoding != device::Encoding::bit && !is_text(point) && point.bit < 0;
  if (!number && point.bit_width == 1) point.unit.clear();
  if (point.unit.empty()) return;
  auto unit = unit_of(point.unit);
  if (!unit.known && unit.name.find(' ') != std::string::npos) {
    not_kept(line, label, fmt::format("'{}' is no unit", unit.name));
    unit.name.clear();
    unit.known = true;
  }
  if (!unit.known && told_units_.size() < kMaxImportFindings && told_units_.insert(unit.name).second) {
    note(line, label, fmt::format("unit '{}' is kept as written: it is not known here; units are UCUM", unit.name));
  }
  point.unit = std::move(unit.name);
}

void Collector::settle_range(PointSpec& point, const std::string& label, int line) {
  const bool truth = point.encoding == device::Encoding::bit || (point.bit >= 0 && point.bit_width == 1);
  if (truth || is_text(point)) {
    point.valid_min.reset();
    point.valid_max.reset();
  }
  if (point.valid_min.has_value() != point.valid_max.has_value()) {
    not_kept(line, label, "a range needs both ends, least and most");
  } else if (!point.valid_min || (std::isfinite(*point.valid_min) && std::isfinite(*point.valid_max) &&
                                  *point.valid_min < *point.valid_max)) {
    return;
  } else {
    not_kept(line, label, fmt::format("range {} to {} does not rise", *point.valid_min, *point.valid_max));
  }
  point.valid_min.reset();
  point.valid_max.reset();
}

Imported Collector::finish(std::string_view named, std::string_view kind) && {
  auto& profile = out_.profile;
  const auto file = std::filesystem::path(options_.file).filename();
  for (const auto& candidate : {options_.name, std::string(named), file.stem().string()}) {
    if (profile.name.empty()) profile.name = profile_id_of(candidate);
  }
  if (profile.name.empty()) profile.name = "imported";
  profile.version = 1;
  profile.family = options_.family;
  if (profile.title.empty()) profile.title = one_line(named.empty() ? profile.name : named, 120);
  profile.source = fmt::format("Imported from {} {}", kind, one_line(file.string(), 120));
  if (!options_.digest.empty()) profile.source += fmt::format(", SHA-256 {}", options_.digest);
  return std::move(out_);
}

}  // namespace wayside::config
