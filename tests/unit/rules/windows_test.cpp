#include "rules/features/windows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "rules/features/clock.hpp"
#include "rules/features/sample_ring.hpp"
#include "unit/rules/allocations.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

FeatureSpec spec_of(std::string_view name, std::vector<double> constants, std::vector<std::string> texts = {}) {
  FeatureSpec spec;
  spec.function = find_function(name);
  REQUIRE(spec.function != nullptr);
  spec.constants = std::move(constants);
  spec.texts = std::move(texts);
  return spec;
}

FeatureOutput run(Feature& feature, std::int64_t now, std::optional<double> fresh, bool known = true) {
  const Result argument{fresh.value_or(0), known};
  FeatureInput in;
  in.now = now;
  in.stamp = now;
  in.fresh = fresh.has_value();
  in.arguments = {&argument, 1};
  return feature.run(in);
}

// What a function says of the samples of a window, computed from scratch.
std::optional<double> from_scratch(std::string_view name, const std::vector<WindowSample>& w, double q) {
  const auto n = static_cast<double>(w.size());
  if (name == "count_over") return n;
  double sum = 0;
  double rises = 0;
  double changes = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    sum += w[i].value;
    if (i == 0) continue;
    changes += w[i].value != w[i - 1].value ? 1 : 0;
    rises += w[i].value >= w[i - 1].value ? w[i].value - w[i - 1].value : w[i].value;
  }
  if (name == "sum_over") return sum;
  if (w.empty()) return std::nullopt;
  if (name == "changes_over") return changes;
  if (name == "changed") return changes > 0 ? 1 : 0;
  if (name == "avg_over") return sum / n;
  const auto less = [](const auto& a, const auto& b) { return a.value < b.value; };
  if (name == "min_over") return std::ranges::min_element(w, less)->value;
  if (name == "max_over") return std::ranges::max_element(w, less)->value;
  if (name == "stddev_over") {
    double squares = 0;
    for (const auto& s : w) squares += (s.value - sum / n) * (s.value - sum / n);
    return std::sqrt(squares / n);
  }
  if (name == "quantile_over") {
    std::vector<double> sorted;
    for (const auto& s : w) sorted.push_back(s.value);
    std::ranges::sort(sorted);
    const double place = q * (n - 1);
    const auto below = static_cast<std::size_t>(place);
    return sorted[below] +
           (sorted[std::min(below + 1, sorted.size() - 1)] - sorted[below]) * (place - static_cast<double>(below));
  }
  if (w.size() < 2) return std::nullopt;
  if (name == "increase") return rises;
  const double change = w.back().value - w.front().value;
  if (name == "delta") return change;
  return change / (static_cast<double>(w.back().at - w.front().at) / 1e6);
}

TEST_CASE("what a window says as samples come and go is what the same samples say from scratch", "[rules]") {
  for (const std::string name : {"rate", "delta", "increase", "avg_over", "sum_over", "min_over", "max_over",
                                 "count_over", "stddev_over", "quantile_over", "changed", "changes_over"}) {
    for (const double level : {0.0, 1e6}) {
      INFO(name << " at " << level);
      std::mt19937_64 chance(42);
      const double q = 0.9;
      auto spec = spec_of(name, name == "quantile_over" ? std::vector{q, 60.0} : std::vector{60.0});
      const auto feature = make_window(spec, window_capacity(60, 1));
      std::vector<WindowSample> samples;
      std::int64_t now = 0;
      for (int step = 0; step < 5000; ++step) {
        // Mostly a second apart, sometimes longer than the window; often nothing new.
        now += chance() % 200 == 0 ? 100 * kSecond : kSecond + static_cast<std::int64_t>(chance() % 400'000) - 200'000;
        std::optional<double> fresh;
        if (chance() % 4 != 0) fresh = level + static_cast<double>(chance() % 50) / 8;
        const auto told = run(*feature, now, fresh);
        std::erase_if(samples, [now](const auto& s) { return s.at <= now - 60 * kSecond; });
        if (fresh) samples.push_back({now, *fresh});
        const auto wanted = from_scratch(name, samples, q);
        REQUIRE(told.known == wanted.has_value());
        if (wanted) REQUIRE(told.value == Approx(*wanted).epsilon(1e-9).margin(1e-6));
        if (!samples.empty() && name != "min_over" && name != "max_over") {
          REQUIRE(told.next == samples.front().at + 60 * kSecond);
        }
      }
    }
  }
}

TEST_CASE("a window takes no memory while it runs", "[rules]") {
  for (const std::string name : {"rate", "avg_over", "max_over", "stddev_over", "changes_over"}) {
    const auto feature = make_window(spec_of(name, {60}), window_capacity(60, 1));
    const auto before = allocations();
    for (int i = 0; i < 1000; ++i) run(*feature, i * kSecond, i * 0.5);
    CHECK(allocations() == before);
  }
}

TEST_CASE("a sample that cannot be used is not in the window, and makes it unknown for now", "[rules]") {
  const auto feature = make_window(spec_of("avg_over", {60}), 100);
  CHECK(run(*feature, 1 * kSecond, 10).value == 10);
  CHECK_FALSE(run(*feature, 2 * kSecond, 1e9, false).known);
  const auto after = run(*feature, 3 * kSecond, 20);
  CHECK(after.known);
  CHECK(after.value == 15);
}

TEST_CASE("more samples than a window has room for push the oldest out", "[rules]") {
  const auto feature = make_window(spec_of("sum_over", {60}), 4);
  for (int i = 1; i <= 6; ++i) run(*feature, i * kSecond, i);
  CHECK(run(*feature, 7 * kSecond, std::nullopt).value == 3 + 4 + 5 + 6);
}

TEST_CASE("stale waits for a sample from its first run on", "[rules]") {
  const auto feature = make_window(spec_of("stale", {600}), 0);
  CHECK(run(*feature, 100 * kSecond, std::nullopt, false).value == 0);
  CHECK(run(*feature, 699 * kSecond, std::nullopt, false).next == 700 * kSecond);
  CHECK(run(*feature, 700 * kSecond, std::nullopt, false).value == 1);
  CHECK(run(*feature, 701 * kSecond, 5.0).value == 0);
  CHECK(run(*feature, 1000 * kSecond, 5.0, false).value == 0);  // came, but is of no use
  CHECK(run(*feature, 1301 * kSecond, std::nullopt).value == 1);
}

TEST_CASE("n_of_m counts the last m samples", "[rules]") {
  const auto feature = make_window(spec_of("n_of_m", {2, 3}), 0);
  std::string said;
  std::int64_t now = 0;
  for (const double truth : {1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0}) {
    said += run(*feature, ++now, truth).value != 0 ? '1' : '0';
  }
  CHECK(said == "0010001");
}

TEST_CASE("the sun stands where almanacs say", "[rules]") {
  // US Naval Observatory, altitude of the sun without refraction, to a tenth of a degree.
  const model::Position shanghai{31.23, 121.47};
  CHECK(sun_elevation(shanghai, 1718856000) == Approx(82.1).margin(0.3));       // 2024-06-20 04:00 UTC, near noon
  CHECK(sun_elevation({51.48, 0.0}, 1711108800) == Approx(39.5).margin(0.3));   // 2024-03-22 12:00 UTC, Greenwich
  CHECK(sun_elevation({51.48, 0.0}, 1711152000) == Approx(-37.5).margin(0.5));  // midnight
  CHECK(sun_elevation({0.0, 0.0}, 1710925200) == Approx(43.1).margin(0.3));     // 2024-03-20 09:00 UTC
}

FeatureOutput at_clock(Feature& feature, std::int64_t local_s) {
  FeatureInput in;
  in.now = 0;
  in.date = SiteDate{local_s, local_s};
  return feature.run(in);
}

TEST_CASE("functions of the clock say the site's time, and when they change", "[rules]") {
  const std::int64_t friday = 1'700'179'200;  // 2023-11-17 00:00
  const auto night = make_clock(spec_of("time_between", {}, {"22:00", "05:00"}), std::nullopt);
  CHECK(at_clock(*night, friday + 21 * 3600 + 3599).value == 0);
  CHECK(at_clock(*night, friday + 22 * 3600).value == 1);
  CHECK(at_clock(*night, friday + 4 * 3600 + 3599).value == 1);
  CHECK(at_clock(*night, friday + 4 * 3600 + 3599).next == kSecond);
  CHECK(at_clock(*night, friday + 5 * 3600).value == 0);
  CHECK(at_clock(*make_clock(spec_of("weekday", {}), std::nullopt), friday).value == 5);
  CHECK(at_clock(*make_clock(spec_of("weekday", {}), std::nullopt), friday + 3 * 86400).value == 1);
  CHECK(at_clock(*make_clock(spec_of("hour", {}), std::nullopt), friday + 3 * 3600 + 59).value == 3);
  FeatureInput unknown;
  CHECK_FALSE(night->run(unknown).known);
}

}  // namespace
}  // namespace wayside::rules::test
