#include "config/import/profile_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "config/scalars.hpp"
#include "device/encoding_names.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;

constexpr std::size_t kCommentedFindings = 100;

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
  out += fmt::format(", type: {}", device::to_string(point.encoding));
  if (point.encoding == Encoding::text) out += fmt::format(", length: {}", point.text_registers);
  if (point.order != ByteOrder::abcd) out += fmt::format(", order: {}", device::to_string(point.order));
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

}  // namespace

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
