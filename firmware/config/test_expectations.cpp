#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/scalars.hpp"
#include "config/test_reader.hpp"

namespace wayside::config {
namespace {

using model::AlarmVerb;
using model::Severity;

constexpr double kTolerance = 1e-6;
constexpr std::int64_t kMostTransitions = 1'000'000'000;

constexpr std::array kStates{
    Choice<std::string_view>{"raised", "raised"},     Choice<std::string_view>{"acknowledged", "acknowledged"},
    Choice<std::string_view>{"returned", "returned"}, Choice<std::string_view>{"latched", "latched"},
    Choice<std::string_view>{"shelved", "shelved"},   Choice<std::string_view>{"suppressed", "suppressed"},
    Choice<std::string_view>{"normal", "normal"},     Choice<std::string_view>{"out_of_service", "out_of_service"},
    Choice<std::string_view>{"pending", "pending"},   Choice<std::string_view>{"unknown", "unknown"},
};

constexpr std::array kSeverities{
    Choice<Severity>{"low", Severity::low},
    Choice<Severity>{"medium", Severity::medium},
    Choice<Severity>{"high", Severity::high},
    Choice<Severity>{"critical", Severity::critical},
};

constexpr std::array kVerbs{
    Choice<AlarmVerb>{"ack", AlarmVerb::acknowledge},
    Choice<AlarmVerb>{"reset", AlarmVerb::reset},
    Choice<AlarmVerb>{"shelve", AlarmVerb::shelve},
    Choice<AlarmVerb>{"unshelve", AlarmVerb::unshelve},
    Choice<AlarmVerb>{"out-of-service", AlarmVerb::take_out_of_service},
    Choice<AlarmVerb>{"in-service", AlarmVerb::put_in_service},
};

using Rules = std::vector<model::RuleSpec>;

// NAME or group/NAME of an alert as "group/NAME"; empty when it is none, or not the only one.
std::string read_alertname(const Value& value, const Rules& rules) {
  const auto name = value.text();
  if (!name) return "";
  std::vector<std::string> known;
  std::vector<std::string> found;
  for (const auto& rule : rules) {
    if (rule.recorded) continue;
    known.push_back(rule.name);
    if (rule.name == *name || rule.id() == *name) found.push_back(rule.id());
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    value.unknown("alert", known);
  } else {
    value.problem(fmt::format("several rules are called '{}': write {}", *name, fmt::join(found, " or ")));
  }
  return "";
}

void read_annotations(const Value& value, ExpectedAlarm& out) {
  MapReader map(value);
  if (const auto v = map.find("summary")) {
    if (auto text = v->scalar()) out.summary = *std::move(text);
  }
  map.finish();
}

ExpectedAlarm read_alarm(const Value& value, const std::string& rule, bool needs_rule, const Rules& rules) {
  ExpectedAlarm out;
  MapReader map(value);
  out.place = value.place();
  out.rule = rule;
  out.state = "raised";
  if (needs_rule) {
    if (const auto v = map.need("alertname")) out.rule = read_alertname(*v, rules);
  }
  if (const auto v = map.need("device")) take(out.device, v->text());
  if (const auto v = map.find("instance")) take(out.instance, v->text());
  if (const auto v = map.find("state")) take(out.state, v->choice(kStates));
  if (const auto v = map.find("unknown")) {
    if (const auto truth = v->truth()) out.unknown = *truth;
  }
  if (const auto v = map.find("severity")) {
    if (const auto severity = v->choice(kSeverities)) out.severity = *severity;
  }
  if (const auto v = map.find("department")) {
    if (auto text = v->text()) out.department = *std::move(text);
  }
  if (const auto v = map.find("labels")) out.labels = v->scalars();
  if (const auto v = map.find("annotations")) read_annotations(*v, out);
  if (const auto v = map.find("transitions")) {
    if (const auto count = v->integer(0, kMostTransitions)) out.transitions = static_cast<std::uint64_t>(*count);
  }
  map.finish();
  return out;
}

void check_twin(const Value& item, const ExpectedAlarm& alarm, const std::vector<ExpectedAlarm>& others) {
  const auto same = [&alarm](const ExpectedAlarm& other) {
    return other.rule == alarm.rule && other.device == alarm.device && other.instance == alarm.instance;
  };
  if (const auto twin = std::ranges::find_if(others, same); twin != others.end()) {
    item.problem(fmt::format("this alarm stands twice; the first is on line {}", twin->place.line));
  }
}

AlertExpectation read_alert_test(const Value& value, const Rules& rules) {
  AlertExpectation out;
  MapReader map(value);
  out.place = value.place();
  if (const auto v = map.need("eval_time")) take(out.at, v->duration({}, kLongestTest));
  const auto alertname = map.find("alertname");
  if (alertname) out.rule = read_alertname(*alertname, rules);
  if (const auto list = map.find("exp_alerts")) {
    for (const auto& item : list->items()) {
      auto alarm = read_alarm(item, out.rule, !alertname, rules);
      check_twin(item, alarm, out.alarms);
      out.alarms.push_back(std::move(alarm));
    }
  }
  map.finish();
  return out;
}

void read_expected_value(const Value& value, PointExpectation& out) {
  const auto word = value.scalar();
  if (!word) return;
  if (const auto truth = parse_truth(*word)) {
    out.number = *truth ? 1 : 0;
  } else if (const auto number = parse_number(*word)) {
    out.number = *number;
  } else if (word->empty()) {
    value.expected("a number, a truth or the name of a value");
  } else {
    out.name = *word;
  }
}

PointExpectation read_point_test(const Value& value) {
  PointExpectation out;
  MapReader map(value);
  out.place = value.place();
  out.tolerance = kTolerance;
  if (const auto v = map.need("eval_time")) take(out.at, v->duration({}, kLongestTest));
  if (const auto v = map.need("point")) {
    if (auto point = read_test_point(*v)) out.point = *std::move(point);
  }
  if (const auto v = map.find("value")) read_expected_value(*v, out);
  if (const auto v = map.find("tolerance")) take(out.tolerance, v->number(0, 1e300));
  if (const auto v = map.find("quality")) {
    if (const auto word = v->text()) {
      if (parse_quality(*word)) {
        out.quality = *word;
      } else {
        v->unknown("quality", quality_names());
      }
    }
  }
  if (!map.has("value") && !map.has("quality")) value.problem("a point_test needs a 'value' or a 'quality'");
  map.finish();
  return out;
}

TestOrder read_order(const Value& value) {
  TestOrder out;
  MapReader map(value);
  out.place = value.place();
  out.order.by = "operator";
  if (const auto v = map.need("at")) take(out.at, v->duration({}, kLongestTest));
  if (const auto v = map.need("do")) take(out.order.verb, v->choice(kVerbs));
  if (const auto v = map.need("alarm")) take(out.order.alarm, v->text());
  if (const auto v = map.find("for")) take(out.order.span, v->duration({}, kLongestTest));
  if (const auto v = map.find("reason")) take(out.order.reason, v->text());
  if (const auto v = map.find("by")) take(out.order.by, v->text());
  if (const auto v = map.find("refused")) take(out.refused, v->truth());
  map.finish();
  return out;
}

}  // namespace

void read_alert_tests(const Value& list, const Rules& rules, std::vector<AlertExpectation>& out) {
  for (const auto& item : list.items()) out.push_back(read_alert_test(item, rules));
}

void read_point_tests(const Value& list, std::vector<PointExpectation>& out) {
  for (const auto& item : list.items()) out.push_back(read_point_test(item));
}

std::vector<TestOrder> read_test_orders(const Value& list) {
  std::vector<TestOrder> out;
  for (const auto& item : list.items()) out.push_back(read_order(item));
  std::ranges::stable_sort(out, {}, &TestOrder::at);
  return out;
}

}  // namespace wayside::config
