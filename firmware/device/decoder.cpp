#include "device/decoder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/assert.hpp"
#include "device/words.hpp"

namespace wayside::device {

namespace {

using model::Quality;
using model::Sample;

bool is_field(const PointSpec& spec) { return spec.bit >= 0; }

bool in_range(const PointSpec& spec, double value) {
  return (!spec.valid_min || value >= *spec.valid_min) && (!spec.valid_max || value <= *spec.valid_max);
}

Sample measured(const PointSpec& spec, std::uint32_t point, model::Value value) {
  const auto number = model::as_number(value);
  const bool good = !number || in_range(spec, *number);
  return Sample{point, std::move(value), good ? Quality::good : Quality::uncertain_range_exceeded};
}

Sample without_value(std::uint32_t point, Quality why) { return Sample{point, {}, why}; }

Sample failed(std::uint32_t point) { return without_value(point, Quality::bad_sensor_failure); }

// The value as read, before a point takes its share. None: a wrong nibble.
std::optional<std::int64_t> whole_value(const PointSpec& spec, std::span<const std::uint16_t> words) {
  const std::uint64_t bits = compose(spec.order, words);
  switch (spec.encoding) {
    case Encoding::bit:
    case Encoding::u16:
    case Encoding::u32:
    case Encoding::u64:
    case Encoding::s64:
    case Encoding::f32:
    case Encoding::f64: return static_cast<std::int64_t>(bits);
    case Encoding::s16: return static_cast<std::int16_t>(bits);
    case Encoding::s32: return static_cast<std::int32_t>(bits);
    case Encoding::bcd16:
    case Encoding::bcd32:
    case Encoding::bcd64: return from_bcd(bits, word_count(spec));
    case Encoding::text: return std::nullopt;
  }
  return std::nullopt;
}

// The field of `bits`; with a signed type the field has a sign too.
std::int64_t taken(const PointSpec& spec, std::int64_t whole) {
  if (spec.encoding == Encoding::bit && !is_field(spec)) return whole != 0 ? 1 : 0;
  if (!is_field(spec)) return whole;
  const auto width = static_cast<unsigned>(spec.bit_width);
  const auto field = (static_cast<std::uint64_t>(whole) >> static_cast<unsigned>(spec.bit)) &
                     (width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1);
  const bool negative = width > 1 && width < 64 && is_signed(spec.encoding) && ((field >> (width - 1)) & 1U) != 0;
  return static_cast<std::int64_t>(negative ? field | (~std::uint64_t{0} << width) : field);
}

Sample decode_float(const PointSpec& spec, std::uint32_t point, std::int64_t pattern) {
  const auto bits = static_cast<std::uint64_t>(pattern);
  const double raw = spec.encoding == Encoding::f32
                         ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                         : std::bit_cast<double>(bits);
  const double value = scaled(spec, raw);
  return std::isfinite(value) ? measured(spec, point, value) : failed(point);
}

Sample decode_integer(const PointSpec& spec, std::uint32_t point, std::int64_t raw) {
  if (!spec.values.empty()) {
    const bool known = spec.values.contains(raw);
    return Sample{point, raw, known ? Quality::good : Quality::uncertain_range_exceeded};
  }
  // A u64 beyond int64 came as its bit pattern, that is below zero: only a double holds its value.
  const bool beyond = spec.encoding == Encoding::u64 && raw < 0;
  const double number = beyond ? static_cast<double>(static_cast<std::uint64_t>(raw)) : static_cast<double>(raw);
  if (!beyond && spec.scale == 1 && spec.offset == 0) return measured(spec, point, raw);
  const double value = scaled(spec, number);
  return std::isfinite(value) ? measured(spec, point, value) : failed(point);
}

Sample decode_text(const PointSpec& spec, std::uint32_t point, std::span<const std::uint16_t> words) {
  auto [text, clean] = text_of(spec.order, words);
  return Sample{point, std::move(text), clean ? Quality::good : Quality::uncertain};
}

}  // namespace

bool is_truth(const PointSpec& spec) {
  return spec.encoding == Encoding::bit || (is_field(spec) && spec.bit_width == 1) || !spec.true_when.empty();
}

bool is_float(Encoding e) { return e == Encoding::f32 || e == Encoding::f64; }

bool is_signed(Encoding e) { return e == Encoding::s16 || e == Encoding::s32 || e == Encoding::s64; }

bool in_any(const std::vector<RawRange>& ranges, std::int64_t raw, Encoding encoding) {
  const bool pattern = encoding == Encoding::u64 || is_float(encoding);
  const auto within = [raw, pattern](const RawRange& range) {
    if (!pattern) return raw >= range.first && raw <= range.last;
    const auto bits = static_cast<std::uint64_t>(raw);
    return bits >= static_cast<std::uint64_t>(range.first) && bits <= static_cast<std::uint64_t>(range.last);
  };
  return std::any_of(ranges.begin(), ranges.end(), within);
}

// A scale that is one over a whole number is divided by it: 2301 * 0.1 is 230.10000000000002, 2301 / 10 is 230.1.
double scaled(const PointSpec& spec, double raw) {
  const double divisor = std::round(1.0 / spec.scale);
  const bool exact = std::abs(divisor) >= 1 && std::abs(divisor) < 1e15 && 1.0 / divisor == spec.scale;
  return (exact ? raw / divisor : raw * spec.scale) + spec.offset;
}

std::optional<std::int64_t> raw_integer(const PointSpec& spec, std::span<const std::uint16_t> words) {
  WAYSIDE_ASSERT(words.size() == word_count(spec));
  if (spec.encoding == Encoding::text || is_float(spec.encoding)) return std::nullopt;
  const auto whole = whole_value(spec, words);
  if (!whole) return std::nullopt;
  return taken(spec, *whole);
}

std::optional<Sample> decode_point(const PointSpec& spec, std::uint32_t point, const RegisterImage& image) {
  const auto words = image.words(spec.kind, spec.address, word_count(spec));
  if (!words) return std::nullopt;
  if (spec.encoding == Encoding::text) return decode_text(spec, point, *words);
  const auto whole = whole_value(spec, *words);
  if (!whole || in_any(spec.error_values, *whole, spec.encoding)) return failed(point);
  if (in_any(spec.unsupported_values, *whole, spec.encoding)) {
    return without_value(point, Quality::bad_configuration_error);
  }
  if (!spec.only_when.empty() && !in_any(spec.only_when, *whole, spec.encoding)) {
    return without_value(point, Quality::bad_out_of_service);
  }
  const auto raw = taken(spec, *whole);
  if (!spec.true_when.empty()) return Sample{point, in_any(spec.true_when, raw, spec.encoding), Quality::good};
  if (is_truth(spec)) return Sample{point, raw != 0, Quality::good};
  if (is_float(spec.encoding)) return decode_float(spec, point, *whole);
  return decode_integer(spec, point, raw);
}

std::vector<Sample> decode_all(std::span<const PointSpec> points, const RegisterImage& image) {
  std::vector<Sample> samples;
  samples.reserve(points.size());
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    if (auto sample = decode_point(points[i], i, image)) samples.push_back(std::move(*sample));
  }
  return samples;
}

}  // namespace wayside::device
