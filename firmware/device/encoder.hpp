// The way back: a value in engineering units as the words of a point's encoding. For commands and set-up writes. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "device/profile.hpp"
#include "model/value.hpp"

namespace wayside::device {

// One word 0 or 1 for a truth (a bool, 0 or 1, or on/off/true/false), a whole word for a field of bits, else all words
// of the encoding in its order. An enumeration takes its names and its raw values. A number is rounded to the nearest
// that the encoding holds.
// Errors (Errc::invalid_argument), with what is allowed: another kind of value, one that the encoding cannot hold, a
// raw value that means "no value", one of another class (only_when).
[[nodiscard]] base::Result<std::vector<std::uint16_t>> encode_value(const PointSpec& spec, const model::Value& value);

// What a point shows when these words stand in its registers (rounded, with its scale): what a read-back must say.
[[nodiscard]] model::Value shown(const PointSpec& spec, const std::vector<std::uint16_t>& words);

}  // namespace wayside::device
