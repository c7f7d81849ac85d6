// "2015-09-01T18:00:00" and durations such as "500ms", "30s", "2m", "1h". Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wayside::sim {

[[nodiscard]] std::optional<std::chrono::local_seconds> parse_local_time(std::string_view text);  // 'T' or a space
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace wayside::sim
