// Turns words into values by a PointSpec: order, scale, sentinels, valid range. Pure; shared by all families.
#pragma once

#include <optional>
#include <span>

#include "device/profile.hpp"
#include "device/register_image.hpp"
#include "model/sample.hpp"

namespace wayside::device {

// The unscaled integer of an integer encoding (bit: 0 or 1). None for floats.
// Requires: words.size() == word_count(spec).
[[nodiscard]] std::optional<std::int64_t> raw_integer(const PointSpec& spec, std::span<const std::uint16_t> words);

// The sample of point number `point`; none if the image does not cover it.
[[nodiscard]] std::optional<model::Sample> decode_point(const PointSpec& spec, std::uint32_t point,
                                                        const RegisterImage& image);

// Every point that the image covers.
[[nodiscard]] std::vector<model::Sample> decode_all(std::span<const PointSpec> points, const RegisterImage& image);

}  // namespace wayside::device
