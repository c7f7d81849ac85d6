#include "device/decoder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/assert.hpp"

namespace wayside::device {

namespace {

using model::Quality;
using model::Sample;

bool is_truth(const PointSpec& spec) { return spec.encoding == Encoding::bit || spec.bit >= 0; }

bool is_float(const PointSpec& spec) { return spec.encoding == Encoding::f32 || spec.encoding == Encoding::f64; }

// The words as one number, most significant byte first, whatever their order on the wire.
std::uint64_t compose(ByteOrder order, std::span<const std::uint16_t> words) {
  const bool words_swapped = order == ByteOrder::cdab || order == ByteOrder::dcba;
  const bool bytes_swapped = order == ByteOrder::badc || order == ByteOrder::dcba;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint64_t word = words[words_swapped ? words.size() - 1 - i : i];
    if (bytes_swapped) word = (word >> 8U) | ((word & 0xFFU) << 8U);
    all = (all << 16U) | word;
  }
  return all;
}

std::int64_t truth(const PointSpec& spec, std::uint64_t word) {
  if (spec.bit < 0) return word != 0 ? 1 : 0;
  return static_cast<std::int64_t>((word >> static_cast<unsigned>(spec.bit)) & 1U);
}

// value = raw * scale + offset. A scale that is one over a whole number is divided by it: 2301 * 0.1 is
// 230.10000000000002, 2301 / 10 is 230.1.
double scaled(const PointSpec& spec, double raw) {
  const double divisor = std::round(1.0 / spec.scale);
  const bool exact = std::abs(divisor) >= 1 && std::abs(divisor) < 1e15 && 1.0 / divisor == spec.scale;
  return (exact ? raw / divisor : raw * spec.scale) + spec.offset;
}

bool in_range(const PointSpec& spec, double value) {
  return (!spec.valid_min || value >= *spec.valid_min) && (!spec.valid_max || value <= *spec.valid_max);
}

Sample measured(const PointSpec& spec, std::uint32_t point, model::Value value) {
  const auto number = model::as_number(value);
  const bool good = !number || in_range(spec, *number);
  return Sample{point, std::move(value), good ? Quality::good : Quality::uncertain_range_exceeded};
}

bool in_any(const std::vector<RawRange>& ranges, std::int64_t raw) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [raw](const RawRange& range) { return raw >= range.first && raw <= range.last; });
}

Sample failed(std::uint32_t point) { return Sample{point, {}, Quality::bad_sensor_failure}; }

Sample decode_float(const PointSpec& spec, std::uint32_t point, std::uint64_t bits) {
  const double raw = spec.encoding == Encoding::f32
                         ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                         : std::bit_cast<double>(bits);
  const double value = scaled(spec, raw);
  return std::isfinite(value) ? measured(spec, point, value) : failed(point);
}

Sample decode_integer(const PointSpec& spec, std::uint32_t point, std::int64_t raw) {
  // A u64 beyond int64 came as its bit pattern, that is below zero: only a double holds its value.
  const bool beyond = spec.encoding == Encoding::u64 && raw < 0;
  const double number = beyond ? static_cast<double>(static_cast<std::uint64_t>(raw)) : static_cast<double>(raw);
  if (!beyond && spec.scale == 1 && spec.offset == 0) return measured(spec, point, raw);
  const double value = scaled(spec, number);
  return std::isfinite(value) ? measured(spec, point, value) : failed(point);
}

}  // namespace

std::optional<std::int64_t> raw_integer(const PointSpec& spec, std::span<const std::uint16_t> words) {
  WAYSIDE_ASSERT(words.size() == word_count(spec));
  const std::uint64_t bits = compose(spec.order, words);
  if (is_truth(spec)) return truth(spec, bits);
  switch (spec.encoding) {
    case Encoding::bit:
    case Encoding::u16:
    case Encoding::u32:
    case Encoding::u64:
    case Encoding::s64: return static_cast<std::int64_t>(bits);
    case Encoding::s16: return static_cast<std::int16_t>(bits);
    case Encoding::s32: return static_cast<std::int32_t>(bits);
    case Encoding::f32:
    case Encoding::f64: return std::nullopt;
    case Encoding::bcd16:
    case Encoding::bcd32:
    case Encoding::bcd64:
    case Encoding::text: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Sample> decode_point(const PointSpec& spec, std::uint32_t point, const RegisterImage& image) {
  const auto words = image.words(spec.kind, spec.address, word_count(spec));
  if (!words) return std::nullopt;
  if (is_float(spec) && !is_truth(spec)) return decode_float(spec, point, compose(spec.order, *words));
  const auto raw = raw_integer(spec, *words);
  if (!raw || in_any(spec.error_values, *raw)) {
    return failed(point);
  }
  if (is_truth(spec)) return Sample{point, *raw != 0, Quality::good};
  return decode_integer(spec, point, *raw);
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
