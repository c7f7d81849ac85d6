#include "daemon/control_why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "daemon/control_alarms.hpp"
#include "daemon/control_buses.hpp"
#include "daemon/control_handler.hpp"
#include "daemon/describe.hpp"
#include "daemon/frame_find.hpp"
#include "daemon/point_view.hpp"
#include "pipeline/quality_gate.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

constexpr std::size_t kMostRules = 32;
constexpr std::size_t kMostInputs = 16;
constexpr std::size_t kMostPast = 10;
constexpr auto kBefore = std::chrono::seconds{1};

void refuse(const base::Error& error, control::Answer& answer) {
  v1::Response response;
  response.set_error(error.what);
  answer(std::move(response));
}

// None: the gateway itself.
std::optional<std::size_t> device_of(const Gateway& gateway, const model::DeviceId& id) {
  const auto& devices = gateway.config().devices;
  const auto found = std::ranges::find(devices, id, &config::DeviceConfig::id);
  if (found == devices.end()) return std::nullopt;
  return static_cast<std::size_t>(found - devices.begin());
}

std::size_t bus_of(const Gateway& gateway, std::size_t device) {
  const auto& config = gateway.config();
  return static_cast<std::size_t>(std::ranges::find(config.buses, config.devices[device].bus, &config::BusConfig::id) -
                                  config.buses.begin());
}

void fill_why_device(const Gateway& gateway, std::size_t index, v1::WhyDevice& out) {
  const auto& counters = gateway.judge().device(index);
  const auto& profile = gateway.config().devices[index].profile;
  fill_device(gateway, index, *out.mutable_device());
  fill_bus(gateway, bus_of(gateway, index), *out.mutable_bus());
  out.set_profile_version(profile.version);
  out.set_timeouts(counters.timeouts);
  out.set_busy(counters.busy);
  out.set_refused(counters.refused_reads);
  out.set_timeout_us(profile.response_timeout.count());
}

// --- rules ---------------------------------------------------------------------------------------------------------

v1::WhyRule rule_view(const rules::Explanation& why) {
  v1::WhyRule out;
  out.set_alarm(why.alarm);
  out.set_state(std::string(model::to_string(why.state)));
  out.set_unknown(why.unknown);
  out.set_pending(why.pending);
  out.set_severity(std::string(model::to_string(why.spec->severity)));
  out.set_department(why.place.department);
  out.set_expression(why.spec->expr.text);
  out.set_place(fmt::format("{}:{}", why.spec->place.file, why.spec->place.line));
  out.set_summary(why.summary);
  out.set_version(why.version);
  if (why.spec->clear) out.set_clear(why.spec->clear->text);
  out.set_hold_for_us(why.spec->hold_for.count());
  for (const auto& [name, text] : why.spec->annotations) (*out.mutable_annotations())[name] = text;
  return out;
}

// --- points --------------------------------------------------------------------------------------------------------

void fill_note(const Gateway& gateway, model::PointHandle point, v1::WhyPoint& out) {
  const auto& info = gateway.assembly().points->info(point);
  const auto& note = gateway.watch().note(point);
  const auto now = gateway.seams().clock.boot_now();
  const auto ago = [now](base::BootTime at) { return at == base::BootTime{} ? -1 : (now - at).count(); };
  out.set_good_us_ago(ago(note.good_at));
  if (note.good_at != base::BootTime{}) {
    out.set_good_value(exact(note.good));
    out.set_good_value_name(value_name(info, note.good));
    const auto wall = gateway.time().wall_of(note.good_at);
    out.set_good_wall_us(wall ? wall->time_since_epoch().count() : 0);
  }
  for (int bit = 0; bit < pipeline::kFaults; ++bit) {
    const auto fault = static_cast<pipeline::Fault>(1U << static_cast<unsigned>(bit));
    if ((note.faults & static_cast<std::uint16_t>(fault)) != 0) {
      out.add_faults(std::string(pipeline::to_string(fault)));
    }
  }
  out.set_held_back(note.held_back);
  out.set_told_us_ago(ago(note.told_at));
}

void fill_limits(const model::PointInfo& info, v1::WhyPoint& out) {
  if (info.valid_min) out.set_valid_min(*info.valid_min);
  if (info.valid_max) out.set_valid_max(*info.valid_max);
  if (info.max_rate) out.set_max_rate(*info.max_rate);
  if (info.stuck_after) out.set_stuck_after_us(info.stuck_after->count());
  if (!info.dead_band) return;
  out.mutable_dead_band()->set_absolute(info.dead_band->absolute);
  out.mutable_dead_band()->set_percent(info.dead_band->percent);
  out.mutable_dead_band()->set_at_least_us(info.dead_band->at_least.count());
}

// "power_factor (refused)" of the device's list: "refused".
std::string parked_why(const pipeline::DeviceCounters& counters, const std::string& point) {
  if (!counters.parked) return {};
  for (const auto& name : *counters.parked) {
    if (name.starts_with(point + " (") && name.ends_with(')')) {
      return name.substr(point.size() + 2, name.size() - point.size() - 3);
    }
  }
  return {};
}

void fill_derived(const Gateway& gateway, model::PointHandle point, v1::WhyPoint& out) {
  const auto& info = gateway.assembly().points->info(point);
  for (const auto& rule : gateway.config().rules) {
    if (!rule.recorded || info.source != "rule " + rule.id()) continue;
    out.set_expression(rule.expr.text);
    out.set_made_by(fmt::format("{} ({}:{})", rule.id(), rule.place.file, rule.place.line));
  }
  for (const auto input : gateway.assembly().rules->inputs_of(point, kMostInputs)) {
    *out.add_inputs() = view_of(gateway, input);
  }
}

v1::WhyPoint why_point(const Gateway& gateway, model::PointHandle point) {
  const auto& info = gateway.assembly().points->info(point);
  v1::WhyPoint out;
  *out.mutable_newest() = view_of(gateway, point);
  out.set_source(info.source);
  fill_note(gateway, point, out);
  fill_limits(info, out);
  if (info.derived) fill_derived(gateway, point, out);
  for (const auto& alarm : gateway.assembly().rules->alarms_on(point, kMostRules)) {
    if (const auto why = gateway.assembly().rules->explain(alarm)) *out.add_rules() = rule_view(*why);
  }
  return out;
}

// Where on its device the point stands; none: it is computed, or the device speaks another language.
std::optional<device::RegisterBlock> registers_of(const Gateway& gateway, std::size_t device,
                                                  model::PointHandle point) {
  const auto target = gateway.commander().reach(gateway.config().devices[device].id);
  const auto first = model::index(gateway.assembly().devices[device].first_point);
  if (!target || model::index(point) < first) return std::nullopt;
  const auto points = target->device.driver->points();
  const auto at = model::index(point) - first;
  if (at >= points.size() || !points[at].locator.empty()) return std::nullopt;
  return device::RegisterBlock{points[at].kind, points[at].address, device::word_count(points[at])};
}

void add_exchange(const Gateway& gateway, const std::vector<ports::CapturedFrame>& frames, v1::WhyDevice& out) {
  const auto now = gateway.seams().clock.boot_now();
  for (const auto& frame : frames) {
    auto& one = *out.add_exchange();
    one.set_us_ago((now - frame.at).count());
    one.set_sent(frame.sent);
    one.set_bytes(frame.bytes.data(), frame.bytes.size());
    one.set_note(frame.note);
  }
}

void answer_point(Gateway& gateway, model::PointHandle point, control::Answer answer) {
  const auto& info = gateway.assembly().points->info(point);
  v1::Response response;
  *response.mutable_why()->mutable_point() = why_point(gateway, point);
  const auto device = info.derived ? std::nullopt : device_of(gateway, info.device);
  if (!device) return answer(std::move(response));
  auto& out = *response.mutable_why()->mutable_point();
  fill_why_device(gateway, *device, *out.mutable_device());
  out.set_parked(parked_why(gateway.judge().device(*device), info.name));
  const auto& config = gateway.config().devices[*device];
  Wanted wanted{config.unit, out.device().bus().devices() == 1, registers_of(gateway, *device, point), {}};
  // What spoiled the value came after the last exchange that read it.
  const auto& newest = gateway.assembly().points->newest(point);
  if (model::is_bad(newest.quality)) wanted.since = newest.at - kBefore;
  ask_bus(gateway, bus_of(gateway, *device),
          [&gateway, wanted, response = std::move(response), answer = std::move(answer)](
              v1::Bus bus, const std::vector<ports::CapturedFrame>& frames, bus::CaptureKind kind) mutable {
            auto& told = *response.mutable_why()->mutable_point()->mutable_device();
            *told.mutable_bus() = std::move(bus);
            add_exchange(gateway, newest_exchange(frames, kind, wanted), told);
            answer(std::move(response));
          });
}

// --- alarms --------------------------------------------------------------------------------------------------------

void add_past(const Gateway& gateway, const std::string& alarm, v1::WhyAlarm& out) {
  v1::AlarmHistoryRequest request;
  request.set_alarm(alarm);
  request.set_most(kMostPast);
  v1::Response past;
  fill_history(gateway, request, past);
  for (auto& one : *past.mutable_alarm_history()->mutable_past()) *out.add_past() = std::move(one);
}

void answer_alarm(const Gateway& gateway, const std::string& alarm, control::Answer answer) {
  const auto why = gateway.assembly().rules->explain(alarm);
  const auto records = gateway.alarms();
  const auto record = std::ranges::find(records, alarm, &model::AlarmRecord::alarm);
  // Of the gateway about the alarms themselves: no rule made it.
  if (!why && record == records.end()) return refuse(why.error(), answer);
  v1::Response response;
  auto& out = *response.mutable_why()->mutable_alarm();
  out.mutable_alarm()->set_alarm(alarm);
  out.mutable_alarm()->set_state(std::string(model::to_string(model::AlarmState::normal)));
  if (record != records.end()) fill_alarm(gateway, *record, *out.mutable_alarm());
  add_past(gateway, alarm, out);
  if (!why) return answer(std::move(response));
  *out.mutable_rule() = rule_view(*why);
  for (const auto& parent : why->hidden_by) out.add_hidden_by(parent);
  std::vector<std::size_t> silent;
  for (const auto point : why->inputs) {
    if (out.inputs_size() < static_cast<int>(kMostInputs)) *out.add_inputs() = view_of(gateway, point);
    const auto device = device_of(gateway, gateway.assembly().points->info(point).device);
    if (device && !gateway.judge().device(*device).communicating &&
        std::ranges::find(silent, *device) == silent.end()) {
      silent.push_back(*device);
    }
  }
  for (const auto device : silent) fill_why_device(gateway, device, *out.add_silent());
  answer(std::move(response));
}

}  // namespace

void answer_why(Gateway& gateway, const v1::WhyRequest& request, control::Answer answer) {
  // Only an alarm's name has a stroke: "group/rule device".
  if (request.what().find('/') != std::string::npos) return answer_alarm(gateway, request.what(), std::move(answer));
  const auto point = find_point(gateway, request.what());
  if (!point) return refuse(point.error(), answer);
  answer_point(gateway, *point, std::move(answer));
}

}  // namespace wayside::daemon
