#include "daemon/control_alarms.hpp"

#include <algorithm>

#include "base/nearest.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;
using model::AlarmState;

}  // namespace

void fill_alarm(const Gateway& gateway, const model::AlarmRecord& alarm, v1::Alarm& out) {
  out.set_alarm(alarm.alarm);
  out.set_state(std::string(model::to_string(alarm.state)));
  out.set_live_state(std::string(model::to_string(alarm.live)));
  out.set_severity(std::string(model::to_string(alarm.severity)));
  out.set_device(alarm.device.value);
  out.set_department(alarm.place.department);
  out.set_summary(alarm.summary);
  out.set_transition_count(alarm.count);
  out.set_since_wall_us(alarm.since_wall_us);
  out.set_escalated(alarm.escalated);
  out.set_stale(alarm.stale);
  if (alarm.shelved && alarm.shelved_until) {
    const auto left = *alarm.shelved_until - gateway.seams().clock.boot_now();
    out.set_shelved_left_us(std::max<std::int64_t>(left.count(), 0));
  }
  if (!alarm.action) return;
  out.set_action(std::string(model::to_string(alarm.action->what)));
  out.set_by(alarm.action->by);
  out.set_reason(alarm.action->reason);
}

void fill_history(const Gateway& gateway, const v1::AlarmHistoryRequest& request, v1::Response& response) {
  const auto& history = gateway.alarm_watch().history();
  std::vector<const pipeline::AlarmWatch::Past*> wanted;
  for (const auto& past : history) {
    if (request.alarm().empty() || past.alarm == request.alarm()) wanted.push_back(&past);
  }
  if (wanted.empty() && !request.alarm().empty()) {
    std::vector<std::string> names;
    for (const auto& past : history) {
      if (std::ranges::find(names, past.alarm) == names.end()) names.push_back(past.alarm);
    }
    const auto near = base::nearest(request.alarm(), names);
    response.set_error("nothing is kept of an alarm '" + request.alarm() + "'" +
                       (near ? "; did you mean '" + *near + "'?" : ""));
    return;
  }
  auto& out = *response.mutable_alarm_history();
  const std::size_t most = request.most() == 0 ? wanted.size() : std::min<std::size_t>(request.most(), wanted.size());
  for (auto i = wanted.size() - most; i < wanted.size(); ++i) {
    const auto& past = *wanted[i];
    auto& one = *out.add_past();
    one.set_wall_us(past.wall_us);
    one.set_alarm(past.alarm);
    one.set_device(past.device);
    one.set_from_state(std::string(model::to_string(past.from)));
    one.set_to_state(std::string(model::to_string(past.to)));
    one.set_live_state(std::string(model::to_string(past.live)));
    one.set_cause(std::string(model::to_string(past.cause)));
    one.set_severity(std::string(model::to_string(past.severity)));
    one.set_summary(past.summary);
    one.set_by(past.by);
    one.set_reason(past.reason);
  }
}

namespace {

// What has to be looked at first, the worst of it first, then what is hidden.
void fill_list(const Gateway& gateway, v1::AlarmsResponse& out) {
  auto alarms = gateway.alarms();
  std::erase_if(alarms, [](const auto& alarm) { return alarm.state == AlarmState::normal; });
  std::ranges::stable_sort(alarms, [](const auto& a, const auto& b) {
    const bool a_stands = model::is_standing(a.state);
    if (a_stands != model::is_standing(b.state)) return a_stands;
    return a.severity > b.severity;
  });
  for (const auto& alarm : alarms) fill_alarm(gateway, alarm, *out.add_alarms());
}

std::optional<model::AlarmVerb> verb_of(v1::AlarmVerb verb) {
  switch (verb) {
    case v1::ALARM_VERB_ACKNOWLEDGE: return model::AlarmVerb::acknowledge;
    case v1::ALARM_VERB_RESET: return model::AlarmVerb::reset;
    case v1::ALARM_VERB_SHELVE: return model::AlarmVerb::shelve;
    case v1::ALARM_VERB_UNSHELVE: return model::AlarmVerb::unshelve;
    case v1::ALARM_VERB_TAKE_OUT_OF_SERVICE: return model::AlarmVerb::take_out_of_service;
    case v1::ALARM_VERB_PUT_IN_SERVICE: return model::AlarmVerb::put_in_service;
    default: return std::nullopt;
  }
}

void carry_out(Gateway& gateway, const v1::AlarmOrderRequest& request, const control::Peer& peer,
               control::Answer answer) {
  const auto verb = verb_of(request.verb());
  if (!verb) {
    v1::Response response;
    response.set_error("an order for an alarm that this daemon does not know: is the command newer than the daemon?");
    return answer(std::move(response));
  }
  const auto longest = std::chrono::microseconds(std::chrono::hours{24 * 365}).count();
  const model::AlarmOrder order{*verb, request.alarm(), model::Asker{peer.user, request.by()}.text(), request.reason(),
                                std::chrono::microseconds{std::clamp<std::int64_t>(request.span_us(), 0, longest)}};
  gateway.judge().carry_out(order,
                            [&gateway, answer = std::move(answer)](base::Result<model::AlarmRecord> done) mutable {
                              v1::Response response;
                              if (done) {
                                fill_alarm(gateway, *done, *response.mutable_alarm_order()->mutable_alarm());
                              } else {
                                response.set_error(done.error().what);
                              }
                              answer(std::move(response));
                            });
}

void fill_day(const std::string& key, const rules::AlarmDay& day, v1::AlarmDay& out) {
  out.set_day(key);
  out.set_raised(day.raises);
  out.set_raised_low(day.by_severity[0]);
  out.set_raised_medium(day.by_severity[1]);
  out.set_raised_high(day.by_severity[2]);
  out.set_raised_critical(day.by_severity[3]);
  out.set_peak(day.peak);
  out.set_floods(day.floods);
  out.set_in_flood_us(day.in_flood.count());
  out.set_stale(day.stale);
  out.set_chattering(day.chattering);
  out.set_hidden(day.hidden);
}

void fill_kpi(const Gateway& gateway, v1::AlarmKpiResponse& out) {
  constexpr std::size_t kMostTop = 10;
  const auto& watch = gateway.alarm_watch();
  for (const auto& [key, day] : watch.kpi().days()) fill_day(key, day, *out.add_days());
  for (const auto& top : watch.kpi().top(kMostTop)) {
    auto& one = *out.add_top();
    one.set_alarm(top.alarm);
    one.set_raised(top.raises);
    one.set_over(top.over);
  }
  out.set_recent(watch.load().recent());
  for (const auto& offender : watch.load().offenders()) {
    auto& one = *out.add_recent_offenders();
    one.set_alarm(offender.alarm);
    one.set_raised(offender.raises);
  }
  out.set_flood(watch.load().is_flood());
  for (auto& alarm : watch.load().chattering()) out.add_chattering(std::move(alarm));
  for (const auto& alarm : gateway.alarms()) {
    if (alarm.stale) out.add_stale(alarm.alarm);
  }
}

}  // namespace

bool is_about_alarms(const v1::Request& request) {
  return request.has_alarms() || request.has_alarm_order() || request.has_alarm_history() || request.has_alarm_kpi();
}

void handle_alarms(Gateway& gateway, const v1::Request& request, const control::Peer& peer, control::Answer answer) {
  if (request.has_alarm_order()) return carry_out(gateway, request.alarm_order(), peer, std::move(answer));
  v1::Response response;
  if (request.has_alarm_history()) {
    fill_history(gateway, request.alarm_history(), response);
  } else if (request.has_alarm_kpi()) {
    fill_kpi(gateway, *response.mutable_alarm_kpi());
  } else {
    fill_list(gateway, *response.mutable_alarms());
  }
  answer(std::move(response));
}

void fill_alarm_status(const Gateway& gateway, v1::StatusResponse& out) {
  std::uint32_t raised = 0;
  std::uint32_t returned = 0;
  std::uint32_t hidden = 0;
  std::uint32_t stale = 0;
  for (const auto& alarm : gateway.alarms()) {
    if (alarm.state == AlarmState::normal) continue;
    const bool active = model::is_active(alarm.state);
    raised += active ? 1U : 0U;
    returned += !active && model::is_standing(alarm.state) ? 1U : 0U;
    hidden += model::is_standing(alarm.state) ? 0U : 1U;
    stale += alarm.stale ? 1U : 0U;
  }
  out.set_alarms_raised(raised);
  out.set_alarms_returned(returned);
  out.set_alarms_hidden(hidden);
  out.set_alarms_stale(stale);
  out.set_alarm_flood(gateway.alarm_watch().load().is_flood());
  for (auto& alarm : gateway.alarm_watch().load().chattering()) out.add_alarms_chattering(std::move(alarm));
}

}  // namespace wayside::daemon
