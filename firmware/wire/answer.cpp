#include "wire/answer.hpp"

#include "wayside/v1/downlink.pb.h"
#include "wire/encode_alarm.hpp"
#include "wire/encode_command.hpp"
#include "wire/fixed_order.hpp"
#include "wire/time_base.hpp"

namespace wayside::wire {
namespace {

// Of a value in two fields: a number, or a text.
template <class Message>
void fill_value(Message& out, const model::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) out.set_text(*text);
  if (const auto number = model::as_number(value)) out.set_value(*number);
}

void fill_standing(v1::StandingAlarm& out, const model::AlarmRecord& alarm) {
  out.set_alarm(alarm.alarm);
  out.set_state(state_of(alarm.state));
  out.set_live_state(state_of(alarm.live));
  out.set_severity(static_cast<v1::Severity>(static_cast<int>(alarm.severity) + 1));
  out.set_device(alarm.device.value);
  out.set_department(alarm.place.department);
  out.set_summary(alarm.summary);
  out.set_since_wall_us(alarm.since_wall_us);
  out.set_transition_count(alarm.count);
}

struct Filler {
  v1::Answer& out;

  void operator()(std::monostate /*nothing*/) const {}
  void operator()(const model::CommandResult& command) const { fill_command(*out.mutable_command(), command); }
  void operator()(const AlarmList& list) const {
    auto& alarms = *out.mutable_alarms();
    for (const auto& alarm : list.alarms) fill_standing(*alarms.add_alarms(), alarm);
    alarms.set_more(list.more);
  }
  void operator()(const ConfigTaken& taken) const {
    auto& told = *out.mutable_config();
    told.set_version(taken.version);
    for (const auto& problem : taken.problems) told.add_problems(problem);
    for (const auto& change : taken.changes) told.add_changes(change);
  }
  void operator()(const PointValues& points) const {
    auto& message = *out.mutable_points();
    message.set_device(points.device.value);
    for (const auto& point : points.values) {
      auto& one = *message.add_values();
      one.set_point(point.point);
      fill_value(one, point.value);
      one.set_quality(static_cast<std::uint32_t>(point.quality));
      if (point.at) one.set_offset_us(base::to_us(*point.at));
      one.set_unit(point.unit);
    }
  }
  void operator()(const HistoryPage& page) const {
    auto& message = *out.mutable_history();
    message.set_page(page.page);
    message.set_last(page.last);
    message.set_so_far(page.so_far);
    for (const auto& sample : page.samples) {
      auto& one = *message.add_samples();
      one.set_point(sample.point);
      one.set_wall_us(sample.at.time_since_epoch().count());
      fill_value(one, sample.value);
      one.set_quality(static_cast<std::uint32_t>(sample.quality));
      if (!sample.bucket) continue;
      one.set_min(sample.bucket->min);
      one.set_max(sample.bucket->max);
      one.set_count(sample.bucket->count);
    }
  }
};

}  // namespace

base::Bytes encode_answer(const AnswerHeader& header, const Answer& answer) {
  v1::Answer message;
  message.set_gateway(header.gateway.value);
  message.set_id(answer.id);
  message.set_outcome(static_cast<v1::AnswerOutcome>(answer.outcome));
  message.set_reason(answer.reason);
  message.set_boot_id(header.boot.data(), header.boot.size());
  fill_time(*message.mutable_time_base(), header.time);
  std::visit(Filler{message}, answer.result);
  return encode_in_fixed_order(message);
}

}  // namespace wayside::wire
