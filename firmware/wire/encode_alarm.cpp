#include "wire/encode_alarm.hpp"

namespace wayside::wire {

v1::AlarmState state_of(model::AlarmState state) { return static_cast<v1::AlarmState>(static_cast<int>(state) + 1); }

namespace {

void fill_input(v1::AlarmInput& out, const model::AlarmInput& input) {
  out.set_point(input.point);
  out.set_unit(input.unit);
  out.set_quality(static_cast<std::uint32_t>(input.quality));
  if (const auto* text = std::get_if<std::string>(&input.value)) out.set_text(*text);
  if (const auto number = model::as_number(input.value)) out.set_value(*number);
}

}  // namespace

void fill_alarm(v1::AlarmTransition& out, const model::AlarmTransition& alarm) {
  out.set_alarm(alarm.alarm);
  out.set_transition_count(alarm.count);
  out.set_from_state(state_of(alarm.from));
  out.set_to_state(state_of(alarm.to));
  out.set_cause(static_cast<v1::TransitionCause>(static_cast<int>(alarm.cause) + 1));
  out.set_severity(static_cast<v1::Severity>(static_cast<int>(alarm.severity) + 1));
  out.set_rule(alarm.rule);
  out.set_rule_version(alarm.rule_version);
  out.set_device(alarm.device.value);
  out.set_area(alarm.place.area.path());
  out.set_department(alarm.place.department);
  for (const auto& [key, value] : alarm.labels) (*out.mutable_labels())[key] = value;
  out.set_summary(alarm.summary);
  for (const auto& input : alarm.inputs) fill_input(*out.add_inputs(), input);
  out.set_live_state(state_of(alarm.live));
  out.set_by(alarm.by);
  out.set_reason(alarm.reason);
  out.set_escalated_to(alarm.escalated_to);
  if (alarm.hidden_until) out.set_hidden_until_offset_us(base::to_us(*alarm.hidden_until));
}

}  // namespace wayside::wire
