#include "daemon/withhold.hpp"

#include <utility>

#include "model/data_class.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

constexpr const char* kHidden = "(hidden)";

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

void hide(v1::WhyPoint& why) {
  for (auto& input : *why.mutable_inputs()) hide(input);
  if (!is_sensitive(why.newest())) return;
  hide(*why.mutable_newest());
  if (!why.good_value().empty()) why.set_good_value(kHidden);
  why.clear_good_value_name();
  // Their sentences may have the value in them.
  for (auto& rule : *why.mutable_rules()) rule.set_summary(kHidden);
}

void hide(v1::WhyAlarm& why) {
  bool any = false;
  for (auto& input : *why.mutable_inputs()) {
    any = any || is_sensitive(input);
    hide(input);
  }
  if (!any) return;
  why.mutable_alarm()->set_summary(kHidden);
  why.mutable_rule()->set_summary(kHidden);
  for (auto& past : *why.mutable_past()) past.set_summary(kHidden);
}

void hide(v1::Response& response) {
  if (response.has_points()) {
    for (auto& point : *response.mutable_points()->mutable_points()) hide(point);
  }
  if (response.has_read()) {
    for (auto& point : *response.mutable_read()->mutable_points()) hide(point);
  }
  if (!response.has_why()) return;
  if (response.why().has_point()) hide(*response.mutable_why()->mutable_point());
  if (response.why().has_alarm()) hide(*response.mutable_why()->mutable_alarm());
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
  return [secret = asks_of_sensitive(gateway, request), answer = std::move(answer)](v1::Response response) mutable {
    hide(response);
    if (secret && response.has_check_command()) response.mutable_check_command()->set_present(kHidden);
    answer(std::move(response));
  };
}

}  // namespace wayside::daemon
