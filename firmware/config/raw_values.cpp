#include "config/raw_values.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "config/scalars.hpp"
#include "device/decoder.hpp"
#include "device/words.hpp"

namespace wayside::config {
namespace {

using device::Encoding;

constexpr std::size_t kMostNames = 256;
constexpr std::size_t kMostRanges = 64;

int bit_count(Encoding e) { return e == Encoding::bit ? 1 : 16 * device::word_count(e); }

bool is_bcd(Encoding e) { return e == Encoding::bcd16 || e == Encoding::bcd32 || e == Encoding::bcd64; }

std::optional<std::int64_t> float_pattern(std::string_view word, Encoding encoding) {
  const auto number = parse_number(word);
  if (!number) return std::nullopt;
  if (encoding == Encoding::f64) return std::bit_cast<std::int64_t>(*number);
  if (std::abs(*number) > static_cast<double>(std::numeric_limits<float>::max())) return std::nullopt;
  return static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(static_cast<float>(*number)));
}

std::optional<std::int64_t> decimal(std::string_view word, Encoding encoding) {
  const int bits = bit_count(encoding);
  const auto value = parse_integer(word);
  if (!value) return std::nullopt;
  if (is_bcd(encoding)) {
    return device::to_bcd(*value, device::word_count(encoding)) ? value : std::nullopt;
  }
  if (bits == 64) return *value >= 0 || device::is_signed(encoding) ? value : std::nullopt;
  const std::int64_t most = (std::int64_t{1} << (device::is_signed(encoding) ? bits - 1 : bits)) - 1;
  const std::int64_t least = device::is_signed(encoding) ? -most - 1 : 0;
  return *value >= least && *value <= most ? value : std::nullopt;
}

std::string expected_value(Encoding encoding) {
  if (device::is_float(encoding)) return fmt::format("a number, or 0x and a pattern of {} bits,", bit_count(encoding));
  if (is_bcd(encoding)) return fmt::format("a whole number of {} digits", bit_count(encoding) / 4);
  return fmt::format("a whole number of {} bits, decimal or 0x,", bit_count(encoding));
}

std::optional<std::int64_t> read_raw(const Value& item, Encoding encoding) {
  const auto word = item.scalar();
  if (!word) return std::nullopt;
  const auto value = raw_value(*word, encoding);
  if (!value) item.expected(expected_value(encoding));
  return value;
}

bool rises(const device::RawRange& range, Encoding encoding) {
  const bool pattern = encoding == Encoding::u64 || device::is_float(encoding);
  if (!pattern) return range.first <= range.last;
  return static_cast<std::uint64_t>(range.first) <= static_cast<std::uint64_t>(range.last);
}

std::optional<device::RawRange> read_range(const Value& item, Encoding encoding) {
  if (!item.is_list()) {
    const auto value = read_raw(item, encoding);
    return value ? std::optional(device::RawRange{*value, *value}) : std::nullopt;
  }
  const auto ends = item.items();
  if (ends.size() != 2) {
    item.problem(fmt::format("expected a raw value or [first, last], found a list of {}", ends.size()));
    return std::nullopt;
  }
  const auto first = read_raw(ends[0], encoding);
  const auto last = read_raw(ends[1], encoding);
  if (!first || !last) return std::nullopt;
  const device::RawRange range{*first, *last};
  if (rises(range, encoding)) return range;
  item.problem(fmt::format("[first, last] must rise: {} is above {}", ends[0].raw(), ends[1].raw()));
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> raw_value(std::string_view word, Encoding encoding) {
  const auto pattern = parse_hex(word);
  if (!pattern) return device::is_float(encoding) ? float_pattern(word, encoding) : decimal(word, encoding);
  const int bits = bit_count(encoding);
  if (bits < 64 && (*pattern >> bits) != 0) return std::nullopt;
  if (is_bcd(encoding)) return device::from_bcd(*pattern, device::word_count(encoding));
  const bool negative = device::is_signed(encoding) && bits < 64 && ((*pattern >> (bits - 1)) & 1U) != 0;
  const std::uint64_t extension = negative ? ~std::uint64_t{0} << bits : 0;
  return static_cast<std::int64_t>(*pattern | extension);
}

std::vector<device::RawRange> read_raw_ranges(const Value& list, Encoding encoding) {
  std::vector<device::RawRange> out;
  const auto items = list.items();
  if (items.size() > kMostRanges) list.problem(fmt::format("at most {} values and ranges", kMostRanges));
  for (const auto& item : items) {
    if (const auto range = read_range(item, encoding)) out.push_back(*range);
  }
  return out;
}

std::map<std::int64_t, std::string> read_value_names(const Value& map, Encoding encoding) {
  std::map<std::int64_t, std::string> out;
  std::set<std::string> names;
  const auto entries = MapReader(map).entries();
  if (map.is_map() && entries.empty()) map.problem("'values' must name a raw value at least");
  if (entries.size() > kMostNames) map.problem(fmt::format("at most {} values can have a name", kMostNames));
  for (const auto& [key, value] : entries) {
    const auto raw = read_raw(key, encoding);
    const auto name = value.text();
    if (!raw || !name) continue;
    if (!names.insert(*name).second) value.problem(fmt::format("the name '{}' stands twice", *name));
    if (!out.emplace(*raw, *name).second) key.problem(fmt::format("the raw value {} stands twice", *raw));
  }
  return out;
}

}  // namespace wayside::config
