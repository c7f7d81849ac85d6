// Dates as data sets and test files write them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wayside::base {

// "2014-04-01 00:05:00", also with 'T', without seconds, with a fraction or a 'Z' (which are left out): seconds since
// 1970-01-01 00:00 of the same clock.
[[nodiscard]] std::optional<std::int64_t> parse_stamp(std::string_view text);

}  // namespace wayside::base
