// The words of the YAML files as values: numbers and durations. Locale-independent (std::from_chars).
// Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::config {

// Decimal with an optional '-', or 0x and hexadecimal digits. None for anything else or beyond 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

// 0x and up to 16 hexadecimal digits, as a pattern of bits. None for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_hex(std::string_view text);

// A finite number, decimal or hexadecimal.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

// true or false, in YAML's three spellings (true, True, TRUE).
[[nodiscard]] std::optional<bool> parse_truth(std::string_view text);

// A whole number with its unit, ms, s, m, h or d ("500ms"), or several, the largest first ("1h30m"). Errors
// (Errc::config): what is wrong and what to write.
[[nodiscard]] base::Result<std::chrono::microseconds> parse_duration(std::string_view text);

// The same back, in the largest unit that leaves a whole number: "20ms", "1d".
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);

// A whole number with its unit, KiB, MiB or GiB, a blank between them or not. None for anything else.
[[nodiscard]] std::optional<std::size_t> parse_bytes(std::string_view text);

// The same back, in the largest unit that leaves a whole number: "64 MiB".
[[nodiscard]] std::string bytes_text(std::size_t bytes);

}  // namespace wayside::config
