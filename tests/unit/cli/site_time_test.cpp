#include "cli/site_time.hpp"

#include "support/catch.hpp"

using namespace wayside::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::int64_t kSecond = 1'000'000;
// 2026-12-01 03:00:00 UTC, 11:00:00 in Shanghai.
constexpr std::int64_t kNow = 1'796'094'000 * kSecond;

std::int64_t read(const std::string& text) {
  const auto time = parse_site_time(text, kNow);
  REQUIRE(time.has_value());
  return *time / kSecond;
}

}  // namespace

TEST_CASE("times are those of the site, or of the zone that they name") {
  use_zone("Asia/Shanghai");
  CHECK(read("10:30") == kNow / kSecond - 1800);
  CHECK(read("11:00") == kNow / kSecond);
  CHECK(read("11:00:01") == kNow / kSecond - 86399);
  CHECK(read("2026-12-01") == kNow / kSecond - 11 * 3600);
  CHECK(read("2026-12-01 02:00") == kNow / kSecond - 9 * 3600);
  CHECK(read("2026-12-01T02:00:30") == kNow / kSecond - 9 * 3600 + 30);
  CHECK(read("2026-12-01T02:00:00Z") == kNow / kSecond - 3600);
  CHECK(read("2026-12-01 02:00+02:00") == kNow / kSecond - 3 * 3600);
  CHECK(site_time_text(kNow + 250'000) == "2026-12-01 11:00:00.250");
  CHECK(utc_text(kNow + 5) == "2026-12-01T03:00:00.000005Z");
  use_zone("");
  CHECK(site_time_text(kNow) == "2026-12-01 03:00:00.000");
}

TEST_CASE("what is no time is said to be none") {
  use_zone("");
  for (const auto* text : {"", "yesterday", "25:00", "2026-13-01", "2026-12-01 02:00 and more", "2026-12-01T02:00X"}) {
    const auto time = parse_site_time(text, kNow);
    REQUIRE_FALSE(time.has_value());
    CHECK(time.error().what.find("is no time: write 02:00") != std::string::npos);
  }
}
