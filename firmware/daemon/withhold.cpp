#include "daemon/withhold.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/describe.hpp"
#include "model/data_class.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

bool is_sensitive(const v1::Point& point) {
  return point.data_class() == model::to_string(model::DataClass::sensitive);
}

void hide(v1::Point& point) {
  if (!is_sensitive(point)) return;
  if (!point.value().empty()) point.set_value(kHidden);
  point.clear_value_name();
  point.clear_number();
  point.clear_unit();
}

// Whether the sentence of an alarm may have a sensitive value in it.
class SensitiveAlarms {
 public:
  explicit SensitiveAlarms(const Gateway& gateway) : gateway_(gateway) {
    for (const auto& alarm : gateway.alarms()) known_[alarm.alarm] = alarm.data_class == model::DataClass::sensitive;
  }

  [[nodiscard]] bool contain(const std::string& alarm) const {
    if (const auto found = known_.find(alarm); found != known_.end() && found->second) return true;
    const auto why = gateway_.assembly().rules->explain(alarm);
    // Of a rule that is gone no one knows any more what it read.
    if (!why) return !known_.contains(alarm);
    return std::ranges::any_of(why->inputs, [this](model::PointHandle point) {
      return gateway_.assembly().points->info(point).data_class == model::DataClass::sensitive;
    });
  }

 private:
  const Gateway& gateway_;
  std::map<std::string, bool> known_;
};

template <class Alarms>
void hide_summaries(Alarms& alarms, const SensitiveAlarms& sensitive) {
  for (auto& alarm : alarms) {
    if (!alarm.summary().empty() && sensitive.contain(alarm.alarm())) alarm.set_summary(kHidden);
  }
}

void hide(v1::WhyPoint& why, const SensitiveAlarms& sensitive) {
  for (auto& input : *why.mutable_inputs()) hide(input);
  hide_summaries(*why.mutable_rules(), sensitive);
  if (!is_sensitive(why.newest())) return;
  hide(*why.mutable_newest());
  if (!why.good_value().empty()) why.set_good_value(kHidden);
  why.clear_good_value_name();
  // Their sentences may have the value in them.
  for (auto& rule : *why.mutable_rules()) rule.set_summary(kHidden);
}

void hide(v1::WhyAlarm& why, const SensitiveAlarms& sensitive) {
  for (auto& input : *why.mutable_inputs()) hide(input);
  if (!sensitive.contain(why.alarm().alarm())) return;
  why.mutable_alarm()->set_summary(kHidden);
  why.mutable_rule()->set_summary(kHidden);
  for (auto& past : *why.mutable_past()) past.set_summary(kHidden);
}

void hide(v1::Response& response, const Gateway& gateway) {
  if (response.has_points()) {
    for (auto& point : *response.mutable_points()->mutable_points()) hide(point);
  }
  if (response.has_read()) {
    for (auto& point : *response.mutable_read()->mutable_points()) hide(point);
  }
  if (!response.has_why() && !response.has_alarms() && !response.has_alarm_history()) return;
  const SensitiveAlarms sensitive(gateway);
  if (response.has_alarms()) hide_summaries(*response.mutable_alarms()->mutable_alarms(), sensitive);
  if (response.has_alarm_history()) hide_summaries(*response.mutable_alarm_history()->mutable_past(), sensitive);
  if (response.has_why() && response.why().has_point()) hide(*response.mutable_why()->mutable_point(), sensitive);
  if (response.has_why() && response.why().has_alarm()) hide(*response.mutable_why()->mutable_alarm(), sensitive);
}

bool asks_of_sensitive(const Gateway& gateway, const v1::Request& request) {
  if (!request.has_check_command()) return false;
  const auto& write = request.check_command().write();
  const auto& points = *gateway.assembly().points;
  const auto found = points.find(model::DeviceId{write.device()}, write.point());
  return found && points.info(*found).data_class == model::DataClass::sensitive;
}

}  // namespace

control::Answer without_sensitive(const Gateway& gateway, const v1::Request& request, control::Answer answer) {
  return [&gateway, secret = asks_of_sensitive(gateway, request),
          answer = std::move(answer)](v1::Response response) mutable {
    hide(response, gateway);
    if (secret && response.has_check_command()) response.mutable_check_command()->set_present(kHidden);
    answer(std::move(response));
  };
}

}  // namespace wayside::daemon
