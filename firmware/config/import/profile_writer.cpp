#include "config/import/profile_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "config/import/names.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;

constexpr std::size_t kCommentedFindings = 100;
constexpr std::size_t kMostNames = 256;

std::string_view word_of(Encoding e) {
  switch (e) {
    case Encoding::bit: return "bit";
    case Encoding::u16: return "u16";
    case Encoding::s16: return "s16";
    case Encoding::u32: return "u32";
    case Encoding::s32: return "s32";
    case Encoding::u64: return "u64";
    case Encoding::s64: return "s64";
    case Encoding::f32: return "f32";
    case Encoding::f64: return "f64";
    case Encoding::bcd16: return "bcd16";
    case Encoding::bcd32: return "bcd32";
    case Encoding::bcd64: return "bcd64";
    case Encoding::text: return "text";
  }
  return "?";
}

std::string_view word_of(ByteOrder order) {
  switch (order) {
    case ByteOrder::abcd: return "ABCD";
    case ByteOrder::cdab: return "CDAB";
    case ByteOrder::badc: return "BADC";
    case ByteOrder::dcba: return "DCBA";
  }
  return "?";
}

// A YAML text in double quotes, on one line.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Shortest text that reads back as the same number; whole numbers without exponent.
std::string number(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) return fmt::format("{:.0f}", value + 0.0);
  return fmt::format("{}", value);
}

bool is_coil(const PointSpec& point) {
  return point.kind == device::RegisterKind::coil || point.kind == device::RegisterKind::discrete;
}

// A raw value as the data sheets write it: a pattern of bits.
std::string raw_word(std::int64_t raw, Encoding encoding) {
  const int bits = 16 * std::max<int>(device::word_count(encoding), 1);
  auto pattern = static_cast<std::uint64_t>(raw);
  if (bits < 64) pattern &= (std::uint64_t{1} << bits) - 1;
  return fmt::format("0x{:0{}X}", pattern, bits / 4);
}

std::string raw_list(const std::vector<device::RawRange>& ranges, Encoding encoding) {
  std::vector<std::string> words;
  for (const auto& range : ranges) words.push_back(raw_word(range.first, encoding));
  return fmt::format("[{}]", fmt::join(words, ", "));
}

void write_encoding(std::string& out, const PointSpec& point) {
  if (is_coil(point)) return;
  out += fmt::format(", type: {}", word_of(point.encoding));
  if (point.encoding == Encoding::text) out += fmt::format(", length: {}", point.text_registers);
  if (point.order != ByteOrder::abcd) out += fmt::format(", order: {}", word_of(point.order));
  if (point.bit >= 0 && point.bit_width == 1) out += fmt::format(", bit: {}", point.bit);
  if (point.bit >= 0 && point.bit_width > 1) out += fmt::format(", bits: [{}, {}]", point.bit, point.bit_width);
}

std::string write_text(const device::WriteSpec& write) {
  std::vector<std::string> words;
  if (write.min && write.max) words.push_back(fmt::format("range: [{}, {}]", number(*write.min), number(*write.max)));
  if (write.multiple) words.emplace_back("multiple: true");
  return words.empty() ? "true" : fmt::format("{{{}}}", fmt::join(words, ", "));
}

void write_meaning(std::string& out, const PointSpec& point, const ProfileKeys& keys, std::string_view indent) {
  if (point.scale != 1) out += fmt::format(", scale: {}", number(point.scale));
  if (point.offset != 0) out += fmt::format(", offset: {}", number(point.offset));
  if (!point.unit.empty()) out += fmt::format(", unit: {}", quoted(point.unit));
  if (point.valid_min && point.valid_max) {
    out += fmt::format(", range: [{}, {}]", number(*point.valid_min), number(*point.valid_max));
  }
  auto errors = point.error_values;
  if (!keys.unsupported_values) {
    errors.insert(errors.end(), point.unsupported_values.begin(), point.unsupported_values.end());
  } else if (!point.unsupported_values.empty()) {
    out += fmt::format(", unsupported_values: {}", raw_list(point.unsupported_values, point.encoding));
  }
  if (!errors.empty()) out += fmt::format(", error_values: {}", raw_list(errors, point.encoding));
  if (!point.values.empty()) {
    std::vector<std::string> words;
    for (const auto& [raw, name] : point.values) words.push_back(fmt::format("{}: {}", raw, quoted(name)));
    out += fmt::format(",\n{}   values: {{{}}}", indent, fmt::join(words, ", "));
  }
  if (point.write) out += fmt::format(",\n{}   write: {}", indent, write_text(*point.write));
  if (!point.meaning.empty()) out += fmt::format(",\n{}   meaning: {}", indent, quoted(point.meaning));
}

std::string point_text(const PointSpec& point, const ProfileKeys& keys, std::string_view indent) {
  auto out = fmt::format("{}- {{name: {}, register: {}, address: {}", indent, point.metric,
                         device::to_string(point.kind), point.address);
  write_encoding(out, point);
  write_meaning(out, point, keys, indent);
  return out + "}\n";
}

bool fits_type(std::int64_t raw, Encoding encoding) {
  const int bits = 16 * device::word_count(encoding);
  const bool is_signed = encoding == Encoding::s16 || encoding == Encoding::s32 || encoding == Encoding::s64;
  if (bits >= 64) return is_signed || raw >= 0;
  const auto most = (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
  return raw <= most && raw >= (is_signed ? -most - 1 : 0);
}

std::string head_text(const device::Profile& profile) {
  std::string out = fmt::format("profile: {}\nversion: {}\nfamily: {}\ntitle: {}\nsource: {}\n", quoted(profile.name),
                                profile.version, quoted(profile.family), quoted(profile.title), quoted(profile.source));
  out += fmt::format("period: {}\n", duration_text(profile.period));
  return out + fmt::format("limits: {{max_read_registers: {}, max_hole: {}, response_timeout: {}}}\n",
                           profile.max_read_registers, profile.max_hole, duration_text(profile.response_timeout));
}

std::string comments(const Imported& imported) {
  std::string out;
  std::size_t count = 0;
  for (const auto& finding : imported.findings) {
    if (finding.kind == Finding::Kind::note) continue;
    if (++count > kCommentedFindings) continue;
    out += fmt::format("#   line {}: {}: {}: {}\n", finding.place.line, finding.what, to_string(finding.kind),
                       finding.reason);
  }
  if (count > kCommentedFindings) out += fmt::format("#   and {} more\n", count - kCommentedFindings);
  return out.empty() ? out : "# What the import left out:\n" + out;
}

// Takes out what `keys` cannot say.
class Fitter {
 public:
  Fitter(Imported& imported, const ImportOptions& options, const ProfileKeys& keys)
      : imported_(imported), options_(options), keys_(keys) {}

  void points(std::vector<PointSpec>& points) {
    std::erase_if(points, [this](PointSpec& point) { return !fit(point); });
  }

  void summary() {
    told(values_, "their values have names: the names stand in 'meaning'", Finding::Kind::not_kept);
    told(writes_,
         options_.writes ? "the source calls them writable: this version's profiles cannot say so"
                         : "the source calls them writable: imported for reading only; --with-writes carries it over",
         Finding::Kind::not_kept);
  }

 private:
  void tell(int line, Finding::Kind kind, std::string what, std::string reason) {
    if (imported_.findings.size() < kMaxImportFindings) {
      imported_.findings.push_back({{options_.file, line, 1}, kind, std::move(what), std::move(reason)});
    } else {
      ++imported_.more_findings;
    }
  }

  void told(const std::vector<std::string>& names, std::string_view reason, Finding::Kind kind) {
    if (names.empty()) return;
    constexpr std::size_t kShown = 8;
    const auto shown = std::span(names).first(std::min(names.size(), kShown));
    const auto more = names.size() > kShown ? fmt::format(", and {} more", names.size() - kShown) : "";
    tell(1, kind, fmt::format("{} point{}", names.size(), names.size() == 1 ? "" : "s"),
         fmt::format("{} ({}{})", reason, fmt::join(shown, ", "), more));
  }

  [[nodiscard]] int line_of(const std::string& metric) const {
    const auto at = imported_.lines.find(metric);
    return at == imported_.lines.end() ? 1 : at->second;
  }

  bool drop(const PointSpec& point, std::string_view what) {
    tell(line_of(point.metric), Finding::Kind::dropped, fmt::format("point '{}'", point.metric),
         fmt::format("{}: this version's profiles have none", what));
    return false;
  }

  bool fit(PointSpec& point) {
    const auto e = point.encoding;
    if (e == Encoding::text && !keys_.text)
      return drop(point, fmt::format("a text of {} registers", point.text_registers));
    if ((e == Encoding::bcd16 || e == Encoding::bcd32 || e == Encoding::bcd64) && !keys_.bcd)
      return drop(point, "a number in BCD");
    if (point.bit >= 0 && point.bit_width > 1 && !keys_.bits)
      return drop(point, fmt::format("bits {} to {}", point.bit, point.bit + point.bit_width - 1));
    if (point.bit >= 0 && point.bit_width == 1 && !keys_.wide_bit && e != Encoding::u16) narrow(point);
    if (point.bit >= 0 && !keys_.wide_bit) {
      if (!point.unsupported_values.empty()) {
        tell(line_of(point.metric), Finding::Kind::not_kept, fmt::format("point '{}'", point.metric),
             "it is true where the device does not implement it (all ones)");
      }
      point.error_values.clear();
      point.unsupported_values.clear();
    }
    fit_write(point);
    fit_values(point);
    return true;
  }

  void fit_write(PointSpec& point) {
    if (!point.write) return;
    const bool truth = point.encoding == Encoding::bit;
    if (truth || !point.values.empty()) {
      point.write->min.reset();
      point.write->max.reset();
    }
    if (options_.writes && keys_.write) return;
    writes_.push_back(point.metric);
    point.write.reset();
  }

  // An enumeration has names that differ, raw values of its type, and no range.
  void fit_values(PointSpec& point) {
    if (point.values.empty()) return;
    if (!keys_.values) {
      values_.push_back(point.metric);
      std::string words;
      for (const auto& [raw, name] : point.values)
        words += fmt::format("{}{} = {}", words.empty() ? "" : ", ", raw, name);
      const auto both = fmt::format("{} {}", point.meaning, words);
      point.meaning = sentence(both.size() > 400 ? words : both);
      point.values.clear();
      return;
    }
    std::set<std::string> names;
    std::map<std::int64_t, std::string> kept;
    for (const auto& [raw, name] : point.values) {
      if (!fits_type(raw, point.encoding) || kept.size() >= kMostNames) continue;
      const bool is_new = names.insert(name).second;
      kept.emplace(raw, is_new ? name : fmt::format("{} ({})", name, raw));
    }
    if (kept.size() != point.values.size()) {
      tell(line_of(point.metric), Finding::Kind::not_kept, fmt::format("point '{}'", point.metric),
           "names of raw values that its type does not have, or more than 256");
    }
    point.values = std::move(kept);
    if (point.values.empty()) return;
    point.valid_min.reset();
    point.valid_max.reset();
  }

  // The register that holds the bit of a wider value, as a u16.
  static void narrow(PointSpec& point) {
    const int words = device::word_count(point.encoding);
    const bool swapped_words = point.order == ByteOrder::cdab || point.order == ByteOrder::dcba;
    const bool swapped_bytes = point.order == ByteOrder::badc || point.order == ByteOrder::dcba;
    const int from_low = point.bit / 16;
    point.address = static_cast<std::uint16_t>(point.address + (swapped_words ? from_low : words - 1 - from_low));
    point.bit %= 16;
    point.encoding = Encoding::u16;
    point.order = swapped_bytes ? ByteOrder::badc : ByteOrder::abcd;
  }

  Imported& imported_;
  const ImportOptions& options_;
  const ProfileKeys& keys_;
  std::vector<std::string> values_;
  std::vector<std::string> writes_;
};

}  // namespace

void fit_to_keys(Imported& imported, const ImportOptions& options, const ProfileKeys& keys) {
  Fitter fitter(imported, options, keys);
  fitter.points(imported.profile.points);
  for (auto& group : imported.profile.groups) fitter.points(group.points);
  std::erase_if(imported.profile.groups, [](const auto& group) { return group.points.empty(); });
  fitter.summary();
}

std::string write_profile(const Imported& imported, const ProfileKeys& keys) {
  const auto& profile = imported.profile;
  std::string out = "# Made by `wayside profiles import`; look through it before use.\n" + head_text(profile);
  if (!profile.points.empty()) out += "points:\n";
  for (const auto& point : profile.points) out += point_text(point, keys, "  ");
  if (!profile.groups.empty()) out += "groups:\n";
  for (const auto& group : profile.groups) {
    out += fmt::format(
        "  - name: {}\n    count_option: {}\n    first: {}\n    default: {}\n    max: {}\n    stride: {}\n"
        "    points:\n",
        group.name, group.count_option, group.first, group.default_count, group.max_count, group.stride);
    for (const auto& point : group.points) out += point_text(point, keys, "      ");
  }
  return out + comments(imported);
}

}  // namespace wayside::config
