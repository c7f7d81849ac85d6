// A point for people: its value with what it is called and its unit, its quality in words and colour, its age. Pure,
// but for the colour (a terminal, NO_COLOR).
#pragma once

#include <string>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

// "lamp-017.power"
[[nodiscard]] std::string point_name(const control::v1::Point& point);
// "229.9 V", "2 (fault)", "-": there never was one.
[[nodiscard]] std::string value_text(const control::v1::Point& point);
// `name`: of the enumeration; may be empty.
[[nodiscard]] std::string value_text(const std::string& value, const std::string& name, const std::string& unit);
// "good", "bad (no communication)"; "good, too old" where rules do not take it any more.
[[nodiscard]] std::string quality_text(const control::v1::Point& point);
[[nodiscard]] std::string age_text(const control::v1::Point& point);
// Good quality, and not too old.
[[nodiscard]] bool is_well(const control::v1::Point& point);

// "2026-12-01 01:52:03 UTC"
[[nodiscard]] std::string date_text(std::int64_t wall_us);

}  // namespace wayside::cli
