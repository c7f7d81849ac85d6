// Raw values as data sheets write them: sentinels, value classes and enumerations of a point. Private to config; the
// reader's thread; nothing throws.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_reader.hpp"
#include "device/profile.hpp"

namespace wayside::config {

// The number that the decoder compares with: 0x8000 of an s16 is -32768. Hexadecimal is a pattern of bits; a decimal
// number must be one that the type can hold, and is the pattern of that number for a float. None for anything else.
[[nodiscard]] std::optional<std::int64_t> raw_value(std::string_view word, device::Encoding encoding);

// Single values and [first, last].
[[nodiscard]] std::vector<device::RawRange> read_raw_ranges(const Value& list, device::Encoding encoding);

// {0: safe state, 1: restore}: names that differ.
[[nodiscard]] std::map<std::int64_t, std::string> read_value_names(const Value& map, device::Encoding encoding);

}  // namespace wayside::config
