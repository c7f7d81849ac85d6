#include "cli/trial_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "cli/translation.hpp"

#include "base/nearest.hpp"
#include "config/test_series.hpp"

namespace wayside::cli {
namespace {

constexpr std::string_view kNormal = "normal";

std::string identity_of(const config::ExpectedAlarm& alarm) {
  return fmt::format("{} {}{}{}", alarm.rule, alarm.device, alarm.instance.empty() ? "" : " ", alarm.instance);
}

std::string state_of(const rules::InstanceView& view, const model::AlarmRecord* record) {
  if (record != nullptr && record->state != model::AlarmState::normal) {
    std::string out(model::to_string(record->state));
    std::ranges::replace(out, ' ', '_');
    return out;
  }
  if (view.pending) return "pending";
  return view.unknown ? "unknown" : std::string(kNormal);
}

class AlertCheck {
 public:
  AlertCheck(const config::AlertExpectation& expected, const rules::Evaluator& rules, const LastTransitions& last,
             std::vector<TrialFailure>& out)
      : expected_(expected), last_(last), out_(out) {
    for (auto& record : rules.alarms()) records_.emplace(record.alarm, std::move(record));
    for (auto& view : rules.instances()) {
      if (expected.rule.empty() || view.alarm.starts_with(expected.rule + " ")) {
        views_.emplace(view.alarm, std::move(view));
      }
    }
  }

  void run() {
    std::set<std::string> listed;
    for (const auto& alarm : expected_.alarms) {
      const auto identity = identity_of(alarm);
      check(alarm, identity);
      listed.insert(identity);
    }
    for (const auto& [identity, view] : views_) {
      const auto* record = record_of(identity);
      if (listed.contains(identity) || record == nullptr || record->state == model::AlarmState::normal) continue;
      fail(expected_.place, identity, tr("normal (it is not among exp_alerts)"), state_of(view, record));
    }
  }

 private:
  [[nodiscard]] const model::AlarmRecord* record_of(const std::string& identity) const {
    const auto found = records_.find(identity);
    return found == records_.end() ? nullptr : &found->second;
  }

  void check(const config::ExpectedAlarm& alarm, const std::string& identity) {
    const auto view = views_.find(identity);
    if (view == views_.end()) return fail(alarm.place, identity, alarm.state, tr("no such alarm") + near(identity));
    const auto state = state_of(view->second, record_of(identity));
    if (state != alarm.state) {
      const auto last = last_.find(identity);
      return fail(alarm.place, identity, alarm.state,
                  last == last_.end() || state == kNormal ? state : state + ": " + last->second.summary);
    }
    if (alarm.unknown && *alarm.unknown != view->second.unknown) {
      fail(alarm.place, identity, *alarm.unknown ? tr("its condition unknown") : tr("its condition known"),
           view->second.unknown ? "unknown" : "known");
    }
    check_told(alarm, identity);
  }

  void check_told(const config::ExpectedAlarm& alarm, const std::string& identity) {
    const auto found = last_.find(identity);
    if (alarm.transitions) {
      const std::uint64_t count = found == last_.end() ? 0 : found->second.count;
      if (count != *alarm.transitions) {
        fail(alarm.place, identity, tr_format("{} transitions", *alarm.transitions), fmt::format("{}", count));
      }
    }
    const bool asks = alarm.severity || alarm.department || alarm.summary || !alarm.labels.empty();
    if (!asks) return;
    if (found == last_.end())
      return fail(alarm.place, identity, tr("what it was told with"), tr("it never had a transition"));
    const auto& told = found->second;
    if (alarm.severity && *alarm.severity != told.severity) {
      fail(alarm.place, identity, tr_format("severity {}", model::to_string(*alarm.severity)),
           std::string(model::to_string(told.severity)));
    }
    if (alarm.department && *alarm.department != told.place.department) {
      fail(alarm.place, identity, "department " + *alarm.department, told.place.department);
    }
    if (alarm.summary && *alarm.summary != told.summary) {
      fail(alarm.place, identity, tr_format("summary \"{}\"", *alarm.summary), fmt::format("\"{}\"", told.summary));
    }
    for (const auto& [label, value] : alarm.labels) {
      const auto known = told.labels.find(label);
      if (known != told.labels.end() && known->second == value) continue;
      fail(alarm.place, identity, tr_format("label {}=\"{}\"", label, value),
           known == told.labels.end() ? tr("no such label") : fmt::format("\"{}\"", known->second));
    }
  }

  [[nodiscard]] std::string near(const std::string& identity) const {
    constexpr std::size_t kLookedAt = 500;
    std::vector<std::string> known;
    for (const auto& [name, view] : views_) {
      if (known.size() < kLookedAt) known.push_back(name);
    }
    return base::hint(identity, known);
  }

  void fail(const model::SourcePlace& place, const std::string& identity, std::string expected, std::string got) {
    out_.push_back({place, expected_.at, identity, std::move(expected), std::move(got)});
  }

  const config::AlertExpectation& expected_;
  const LastTransitions& last_;
  std::vector<TrialFailure>& out_;
  std::map<std::string, model::AlarmRecord> records_;
  std::map<std::string, rules::InstanceView> views_;  // of the rule
};

// "good", "uncertain" and "bad" stand for all that are so.
bool is_as(model::Quality quality, const std::string& wanted) {
  if (wanted == "good") return model::is_good(quality);
  if (wanted == "bad") return model::is_bad(quality);
  if (wanted == "uncertain") return !model::is_good(quality) && !model::is_bad(quality);
  return config::quality_name(quality) == wanted;
}

std::string shown(const model::Reading& reading, const model::PointInfo& info) {
  std::string value = model::to_string(reading.value);
  if (const auto number = model::as_number(reading.value)) {
    value = fmt::format("{}", *number);
    const auto name = info.values.find(std::llround(*number));
    if (name != info.values.end()) value = name->second;
  }
  return fmt::format("{} ({})", value, config::quality_name(reading.quality));
}

}  // namespace

void check_alerts(const config::AlertExpectation& expected, const rules::Evaluator& rules, const LastTransitions& last,
                  std::vector<TrialFailure>& out) {
  AlertCheck(expected, rules, last, out).run();
}

void check_point(const config::PointExpectation& expected, const model::PointTable& points,
                 std::vector<TrialFailure>& out) {
  const auto fail = [&](std::string wanted, std::string got) {
    out.push_back({expected.place, expected.at, expected.point.id(), std::move(wanted), std::move(got)});
  };
  const auto point = points.find(model::DeviceId{expected.point.device}, expected.point.name);
  if (!point) {
    std::vector<std::string> known;
    for (const auto& info : points.infos()) known.push_back(model::point_id(info.device, info.name));
    return fail(tr("a point"), tr("no such point") + base::hint(expected.point.id(), known));
  }
  const auto& reading = points.newest(*point);
  const auto& info = points.info(*point);
  if (!expected.quality.empty() && !is_as(reading.quality, expected.quality)) {
    return fail("quality " + expected.quality, shown(reading, info));
  }
  const auto number = model::as_number(reading.value);
  const bool asked = expected.number || !expected.name.empty();
  if (asked && expected.quality.empty() && model::is_bad(reading.quality)) {
    return fail(expected.number ? fmt::format("{}", *expected.number) : expected.name, shown(reading, info));
  }
  if (expected.number) {
    const bool equal = number && std::abs(*number - *expected.number) <= expected.tolerance;
    if (!equal) fail(fmt::format("{}", *expected.number), shown(reading, info));
  } else if (asked) {
    const auto name = number ? info.values.find(std::llround(*number)) : info.values.end();
    const auto text = name != info.values.end() ? name->second : model::to_string(reading.value);
    if (text != expected.name) fail(expected.name, shown(reading, info));
  }
}

}  // namespace wayside::cli
