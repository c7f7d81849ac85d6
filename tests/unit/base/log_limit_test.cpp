#include "base/log_limit.hpp"

#include <string>

#include "support/catch.hpp"

using namespace wayside::base::log;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

namespace {

using HeldBack = std::vector<LogLimit::HeldBack>;

// As the log does it.
bool put(LogLimit& limit, Level level, const std::string& event, const std::string& line, LogLimit::Time now,
         HeldBack& told) {
  for (auto& held : limit.due(now)) told.push_back(std::move(held));
  return limit.take(level, event, line, now);
}

}  // namespace

TEST_CASE("a cause writes so many lines in a window, then one that counts the others") {
  LogLimit limit;
  HeldBack told;
  const LogLimit::Time start{100s};
  std::size_t written = 0;
  for (int i = 0; i < 1000; ++i) {
    written +=
        put(limit, Level::warn, "device.silent", "device=lamp-" + std::to_string(i), start + i * 1ms, told) ? 1U : 0U;
  }
  CHECK(written == LogLimit::kMostLines);
  CHECK(told.empty());
  CHECK(limit.due(start + 9999ms).empty());
  CHECK(limit.due(start + 10s) == HeldBack{{Level::warn, "device.silent", 1000 - LogLimit::kMostLines}});
  CHECK(limit.due(start + 20s).empty());
  CHECK(put(limit, Level::warn, "device.silent", "device=lamp-1", start + 20s, told));
}

TEST_CASE("the same line within a window is one more of it") {
  LogLimit limit;
  HeldBack told;
  const LogLimit::Time start{};
  std::size_t written = 0;
  for (int second = 0; second < 60; ++second) {
    written += put(limit, Level::info, "link.down", "link.down why=refused", start + second * 1s, told) ? 1U : 0U;
  }
  CHECK(written == 6);
  for (auto& held : limit.rest()) told.push_back(std::move(held));
  REQUIRE(told.size() == 6);
  std::uint64_t all = 0;
  for (const auto& held : told) all += held.lines;
  CHECK(all + written == 60);
}

TEST_CASE("causes do not take each other's room, and a level is a cause of its own") {
  LogLimit limit;
  HeldBack told;
  const LogLimit::Time now{};
  for (int i = 0; i < 100; ++i) static_cast<void>(put(limit, Level::info, "a", std::to_string(i), now, told));
  CHECK(put(limit, Level::info, "b", "1", now, told));
  CHECK(put(limit, Level::error, "a", "1", now, told));
}

TEST_CASE("with more causes than are remembered every line is written or counted") {
  LogLimit limit;
  HeldBack told;
  std::uint64_t written = 0;
  constexpr std::uint64_t kLines = 100'000;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    const LogLimit::Time now{std::chrono::milliseconds(i)};
    written += put(limit, Level::error, "cause-" + std::to_string(i % 1000), std::to_string(i), now, told) ? 1U : 0U;
  }
  for (auto& held : limit.rest()) told.push_back(std::move(held));
  std::uint64_t counted = 0;
  for (const auto& held : told) counted += held.lines;
  CHECK(written + counted == kLines);
  CHECK(limit.rest().empty());
}

TEST_CASE("at level debug there is more room, for someone is looking") {
  LogLimit limit;
  HeldBack told;
  std::size_t written = 0;
  for (int i = 0; i < 1000; ++i) {
    written += put(limit, Level::debug, "poll", std::to_string(i), LogLimit::Time{}, told) ? 1U : 0U;
  }
  CHECK(written == LogLimit::kMostDebugLines);
}
