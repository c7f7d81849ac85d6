// Turns words into values by a PointSpec: order, scale, sentinels, value classes, valid range. Pure; shared by all
// families.
//
// What is compared with what: error_values, unsupported_values and only_when with the whole value as read; true_when
// and values with what the point takes of it (the field of `bits`, else the whole). The whole of a float is its
// pattern of bits, of BCD its number.
#pragma once

#include <optional>
#include <span>

#include "device/profile.hpp"
#include "device/register_image.hpp"
#include "model/sample.hpp"

namespace wayside::device {

// A truth: a coil, one bit of a register, or whether raw is in true_when.
[[nodiscard]] bool is_truth(const PointSpec& spec);
[[nodiscard]] bool is_float(Encoding encoding);
[[nodiscard]] bool is_signed(Encoding encoding);

// u64 and floats are kept as patterns of bits: they are compared without a sign.
[[nodiscard]] bool in_any(const std::vector<RawRange>& ranges, std::int64_t raw, Encoding encoding);

// value = raw * scale + offset.
[[nodiscard]] double scaled(const PointSpec& spec, double raw);

// The unscaled integer that the point takes (bit: 0 or 1). None for floats, texts and BCD with a wrong nibble.
// Requires: words.size() == word_count(spec).
[[nodiscard]] std::optional<std::int64_t> raw_integer(const PointSpec& spec, std::span<const std::uint16_t> words);

// The sample of point number `point`; none if the image does not cover it.
[[nodiscard]] std::optional<model::Sample> decode_point(const PointSpec& spec, std::uint32_t point,
                                                        const RegisterImage& image);

// Every point that the image covers.
[[nodiscard]] std::vector<model::Sample> decode_all(std::span<const PointSpec> points, const RegisterImage& image);

}  // namespace wayside::device
