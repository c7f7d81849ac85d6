// Times as people at the site write and read them: in the gateway's time zone, whatever that of this shell is. One
// thread; there is one zone at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace wayside::cli {

// From now on: "Asia/Shanghai"; empty or not known: UTC.
void use_zone(const std::string& zone);

// Microseconds since 1970 of "02:00", "02:00:30" (the last such time before `now_us`), "2026-12-01", "2026-12-01 02:00"
// (also with T and seconds), each of the latter also with Z or +08:00 behind it. Errors (a sentence): not a time.
[[nodiscard]] base::Result<std::int64_t> parse_site_time(const std::string& text, std::int64_t now_us);

// "2026-12-01 02:00:30.250"
[[nodiscard]] std::string site_time_text(std::int64_t wall_us);
// With a format of strftime.
[[nodiscard]] std::string site_time_text(std::int64_t wall_us, const char* format);
// "2026-12-01T02:00:30.250000Z"
[[nodiscard]] std::string utc_text(std::int64_t wall_us);

}  // namespace wayside::cli
