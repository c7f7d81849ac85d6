// A file of tests for rules, as the runner uses it: complete and checked. The format: docs/rules-test.md. Made by
// load_rule_tests(). Values; constant after loading; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "config/test_series.hpp"
#include "model/alarm_order.hpp"
#include "model/point_table.hpp"

namespace wayside::config {

// Points of a profile, whose driver the runner makes, or the `points` given here.
struct TestDevice {
  DeviceConfig config;
  bool has_profile = false;
  std::optional<std::chrono::microseconds> period;  // of the device, as the file says it
  struct Point {
    std::string name;
    std::string unit;
    std::map<std::int64_t, std::string> values;
    std::map<std::string, std::string> labels;
    std::optional<std::chrono::microseconds> period;
    model::SourcePlace place;
  };
  std::vector<Point> points;
};

struct TestPoint {
  std::string device;
  std::string name;
  model::SourcePlace place;
  [[nodiscard]] std::string id() const { return device + "." + name; }
};

struct TestSeries {
  std::vector<TestPoint> points;
  std::chrono::microseconds interval{};
  TestValues values;
  model::SourcePlace place;  // of the values
};

struct TestOrder {
  std::chrono::microseconds at{};
  model::AlarmOrder order;
  bool refused = false;  // it must be
  model::SourcePlace place;
};

struct ExpectedAlarm {
  std::string rule;  // "group/name"
  std::string device;
  std::string instance;
  std::string state;  // "raised", ..., "normal", "pending", "unknown"
  std::optional<bool> unknown;
  std::optional<model::Severity> severity;
  std::optional<std::string> department;
  std::map<std::string, std::string> labels;  // among those of the alarm
  std::optional<std::string> summary;
  std::optional<std::uint64_t> transitions;
  model::SourcePlace place;
};

struct AlertExpectation {
  std::chrono::microseconds at{};
  std::string rule;  // "group/name"; empty: all
  std::vector<ExpectedAlarm> alarms;
  model::SourcePlace place;
};

struct PointExpectation {
  std::chrono::microseconds at{};
  TestPoint point;
  std::optional<double> number;
  std::string name;  // of a value, instead of a number; empty: none
  double tolerance = 0;
  std::string quality;  // "good", "uncertain" and "bad" with all that are so; empty: only a value must not be bad
  model::SourcePlace place;
};

struct RuleTest {
  std::string name;
  std::int64_t start_s = 0;  // by the site's clock
  std::vector<TestDevice> devices;
  std::vector<TestSeries> series;
  std::vector<TestOrder> orders;
  std::vector<AlertExpectation> alerts;
  std::vector<PointExpectation> points;
  model::SourcePlace place;
};

struct RuleTestFile {
  std::string file;
  std::vector<model::RuleSpec> rules;
  std::optional<model::Position> position;
  std::string time_zone = "UTC";
  model::SourcePlace time_zone_place;
  std::vector<RuleTest> tests;
};

}  // namespace wayside::config
