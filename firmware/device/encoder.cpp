#include "device/encoder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <limits>

#include "device/decoder.hpp"
#include "device/words.hpp"

namespace wayside::device {

namespace {

using Words = std::vector<std::uint16_t>;

base::Error refused(const PointSpec& spec, const model::Value& value, std::string_view needed) {
  return base::invalid_argument(
      fmt::format("'{}' is no value for point '{}': it takes {}", model::to_string(value), spec.name, needed));
}

std::string with_unit(const PointSpec& spec, std::string text) {
  return spec.unit.empty() || spec.unit == "1" ? text : fmt::format("{} {}", text, spec.unit);
}

std::optional<bool> truth_of(const model::Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (*text == "on" || *text == "true") return true;
    if (*text == "off" || *text == "false") return false;
    return std::nullopt;
  }
  const auto number = model::as_number(value);
  if (number == 0.0) return false;
  if (number == 1.0) return true;
  return std::nullopt;
}

// The encoding that is written: a field of bits goes as a whole word.
Encoding written_encoding(const PointSpec& spec) { return spec.bit >= 0 ? Encoding::u16 : spec.encoding; }

struct Limits {
  double least = 0;
  double most = 0;  // the largest double that the encoding holds
};

Limits limits_of(Encoding e) {
  switch (e) {
    case Encoding::bit: return {0, 1};
    case Encoding::u16: return {0, 65535};
    case Encoding::s16: return {-32768, 32767};
    case Encoding::u32: return {0, 4294967295.0};
    case Encoding::s32: return {-2147483648.0, 2147483647.0};
    case Encoding::u64: return {0, 0x1.fffffffffffffp63};
    case Encoding::s64: return {-0x1p63, 0x1.fffffffffffffp62};
    case Encoding::bcd16: return {0, 9999};
    case Encoding::bcd32: return {0, 99999999.0};
    case Encoding::bcd64: return {0, 9999999999999998.0};
    case Encoding::f32: return {-std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
    case Encoding::f64: return {std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};
    case Encoding::text: return {};
  }
  return {};
}

// The inverse of scaled(), with the same care for a scale that is one over a whole number.
double unscaled(const PointSpec& spec, double value) {
  const double divisor = std::round(1.0 / spec.scale);
  const bool exact = std::abs(divisor) >= 1 && std::abs(divisor) < 1e15 && 1.0 / divisor == spec.scale;
  return exact ? (value - spec.offset) * divisor : (value - spec.offset) / spec.scale;
}

base::Error out_of_limits(const PointSpec& spec, const model::Value& value, const Limits& limits) {
  const double a = scaled(spec, limits.least);
  const double b = scaled(spec, limits.most);
  return refused(spec, value,
                 with_unit(spec, fmt::format("a number from {:.10g} to {:.10g}", std::min(a, b), std::max(a, b))));
}

// The raw number (a pattern for u64 and floats) of a number in engineering units.
base::Result<std::int64_t> raw_of(const PointSpec& spec, const model::Value& value) {
  const auto encoding = written_encoding(spec);
  const auto limits = limits_of(encoding);
  const auto* whole = std::get_if<std::int64_t>(&value);
  const bool plain = spec.scale == 1 && spec.offset == 0;
  if (whole != nullptr && plain && (encoding == Encoding::s64 || (encoding == Encoding::u64 && *whole >= 0))) {
    return *whole;  // a double would lose its last digits
  }
  const bool is_number = whole != nullptr || std::holds_alternative<double>(value);
  const double raw = is_number ? unscaled(spec, *model::as_number(value)) : 0;
  if (!is_number || !std::isfinite(raw)) return refused(spec, value, with_unit(spec, "a number"));
  const double rounded = is_float(encoding) ? raw : std::round(raw);
  if (rounded < limits.least || rounded > limits.most) return out_of_limits(spec, value, limits);
  if (encoding == Encoding::f32) {
    return static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(static_cast<float>(raw)));
  }
  if (encoding == Encoding::f64) return std::bit_cast<std::int64_t>(raw);
  if (encoding == Encoding::u64) return static_cast<std::int64_t>(static_cast<std::uint64_t>(rounded));
  return static_cast<std::int64_t>(rounded);
}

base::Result<std::int64_t> named(const PointSpec& spec, const model::Value& value) {
  std::vector<std::string> allowed;
  for (const auto& [raw, name] : spec.values) {
    const auto* text = std::get_if<std::string>(&value);
    const bool same = text != nullptr ? *text == name : model::as_number(value) == static_cast<double>(raw);
    if (same && !std::holds_alternative<bool>(value)) return raw;
    allowed.push_back(fmt::format("{} ({})", name, raw));
  }
  return refused(spec, value, fmt::format("one of {}", fmt::join(allowed, ", ")));
}

base::Result<Words> encode_number(const PointSpec& spec, const model::Value& value) {
  const auto raw = spec.values.empty() ? raw_of(spec, value) : named(spec, value);
  if (raw.has_error()) return raw.error();
  const auto encoding = written_encoding(spec);
  if (spec.bit < 0) {
    const bool none = in_any(spec.error_values, *raw, encoding) || in_any(spec.unsupported_values, *raw, encoding);
    if (none) return refused(spec, value, fmt::format("not the raw value {}, which means 'no value'", *raw));
    if (!spec.only_when.empty() && !in_any(spec.only_when, *raw, encoding)) {
      return refused(spec, value, fmt::format("not the raw value {}, which means something else", *raw));
    }
  }
  const auto count = word_count(encoding);
  const bool bcd = encoding == Encoding::bcd16 || encoding == Encoding::bcd32 || encoding == Encoding::bcd64;
  const auto bits = bcd ? to_bcd(*raw, count) : std::optional(static_cast<std::uint64_t>(*raw));
  if (!bits) return out_of_limits(spec, value, limits_of(encoding));
  return lay_out(spec.bit >= 0 ? ByteOrder::abcd : spec.order, *bits, count);
}

}  // namespace

base::Result<Words> encode_value(const PointSpec& spec, const model::Value& value) {
  if (is_truth(spec)) {
    const auto truth = truth_of(value);
    if (!truth) return refused(spec, value, "on or off");
    return Words{static_cast<std::uint16_t>(*truth ? 1 : 0)};
  }
  if (spec.encoding != Encoding::text) return encode_number(spec, value);
  const auto* text = std::get_if<std::string>(&value);
  auto words = text != nullptr ? text_words(spec.order, *text, spec.text_registers) : std::nullopt;
  if (words) return *std::move(words);
  return refused(spec, value,
                 fmt::format("a text of at most {} bytes without control characters", 2 * spec.text_registers));
}

model::Value shown(const PointSpec& spec, const Words& words) {
  if (is_truth(spec)) return words.at(0) != 0;
  if (spec.bit >= 0) return std::int64_t{words.at(0)};
  RegisterImage image;
  image.add({spec.kind, spec.address, static_cast<std::uint16_t>(words.size())}, words);
  const auto sample = decode_point(spec, 0, image);
  return sample ? sample->value : model::Value{};
}

}  // namespace wayside::device
