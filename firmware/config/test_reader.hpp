// The parts of a file of tests for rules. Private to config; the reader's thread; nothing throws. What is wrong becomes
// a problem.
#pragma once

#include <vector>

#include "config/profile_index.hpp"
#include "config/rule_tests.hpp"
#include "config/yaml_reader.hpp"

namespace wayside::config {

// Longest test; also of an interval and a period.
inline constexpr std::chrono::hours kLongestTest{24 * 400};

// "device.lane-1.volume" as device and point.
[[nodiscard]] std::optional<TestPoint> read_test_point(const Value& value);

[[nodiscard]] std::vector<TestDevice> read_test_devices(const Value& list, ProfileIndex& profiles, Families families);

// `rules`: what an alertname may name. Appends.
void read_alert_tests(const Value& list, const std::vector<model::RuleSpec>& rules, std::vector<AlertExpectation>& out);
void read_point_tests(const Value& list, std::vector<PointExpectation>& out);
[[nodiscard]] std::vector<TestOrder> read_test_orders(const Value& list);

}  // namespace wayside::config
