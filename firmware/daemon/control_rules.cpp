#include "daemon/control_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/nearest.hpp"
#include "daemon/point_view.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

constexpr const char* kTooLittle = "its points are good: a function of it has not seen enough samples yet";

std::string unknown_why(const Gateway& gateway, const rules::RuleView& rule) {
  if (!rule.bad_input) return kTooLittle;
  const auto point = view_of(gateway, *rule.bad_input);
  const auto id = point.device() + "." + point.point();
  if (point.age_us() < 0) return id + ": there was no sample of it since the start";
  const auto* stale = point.stale() && point.quality_code() == 0 ? "older than three of its periods" : nullptr;
  return id + ": " + (stale != nullptr ? stale : point.quality());
}

std::string state_of(const rules::RuleView& rule) {
  if (rule.active > 0) return "raised";
  if (rule.pending > 0) return "pending";
  if (rule.unknown > 0) return "unknown";
  return rule.records ? "known" : "normal";
}

// Microseconds since the newest transition of a rule's alarms, by the rule.
std::map<std::string, std::int64_t> transitions(const Gateway& gateway) {
  const auto now = gateway.seams().clock.boot_now();
  std::map<std::string, std::int64_t> out;
  for (const auto& alarm : gateway.alarms()) {
    auto at = std::optional(alarm.at);
    if (alarm.boot != gateway.seams().clock.boot_id()) at = gateway.time().in_this_boot(alarm.boot, alarm.at);
    if (!at) continue;
    const auto ago = std::max<std::int64_t>((now - *at).count(), 0);
    const auto [known, fresh] = out.try_emplace(alarm.alarm.substr(0, alarm.alarm.find(' ')), ago);
    if (!fresh) known->second = std::min(known->second, ago);
  }
  return out;
}

struct Known {
  std::map<std::string, const model::RuleSpec*> specs;  // of the configuration
  std::map<std::string, std::size_t> bytes;
  std::map<std::string, std::int64_t> transitions;
};

v1::RuleState state(const Gateway& gateway, const rules::RuleView& rule, const Known& known) {
  v1::RuleState out;
  const auto stroke = rule.rule.find('/');
  out.set_group(rule.rule.substr(0, stroke));
  out.set_name(rule.rule.substr(stroke + 1));
  out.set_records(rule.records);
  out.set_state(state_of(rule));
  out.set_instances(static_cast<std::uint32_t>(rule.instances));
  out.set_raised(static_cast<std::uint32_t>(rule.active));
  out.set_pending(static_cast<std::uint32_t>(rule.pending));
  out.set_unknown(static_cast<std::uint32_t>(rule.unknown));
  out.set_points(static_cast<std::uint32_t>(rule.points));
  out.set_evaluations(rule.evaluations);
  out.set_evaluated_us_ago(rule.evaluated ? (gateway.seams().clock.boot_now() - *rule.evaluated).count() : -1);
  const auto transition = known.transitions.find(rule.rule);
  out.set_transition_us_ago(transition == known.transitions.end() ? -1 : transition->second);
  if (const auto bytes = known.bytes.find(rule.rule); bytes != known.bytes.end()) out.set_bytes(bytes->second);
  if (rule.unknown > 0) {
    out.set_first_unknown(rule.first_unknown);
    out.set_unknown_why(unknown_why(gateway, rule));
  }
  const auto own = known.specs.find(rule.rule);
  const auto* spec = rule.spec != nullptr ? rule.spec : own == known.specs.end() ? nullptr : own->second;
  if (spec == nullptr) return out;
  if (!rule.records) out.set_severity(std::string(model::to_string(spec->severity)));
  out.set_expression(spec->expr.text);
  if (!spec->place.file.empty()) out.set_place(fmt::format("{}:{}", spec->place.file, spec->place.line));
  return out;
}

}  // namespace

void answer_rules(const Gateway& gateway, const v1::RulesRequest& request, control::Answer answer) {
  v1::Response response;
  auto& out = *response.mutable_rules();
  Known known;
  std::map<std::string, std::size_t> places;  // in the order of the files
  for (const auto& spec : gateway.config().rules) {
    places.emplace(spec.id(), places.size());
    known.specs.emplace(spec.id(), &spec);
  }
  for (const auto& cost : gateway.assembly().rule_costs) known.bytes[cost.rule] += cost.bytes;
  known.transitions = transitions(gateway);
  auto views = gateway.assembly().rules->rule_views();
  const auto place = [&places](const rules::RuleView& view) {
    const auto found = places.find(view.rule);
    return found == places.end() ? places.size() : found->second;
  };
  std::ranges::stable_sort(views, {}, place);
  std::vector<std::string> groups;
  for (const auto& view : views) {
    auto told = state(gateway, view, known);
    groups.push_back(told.group());
    if (!request.group().empty() && told.group() != request.group()) continue;
    if (request.unknown() && told.unknown() == 0) continue;
    *out.add_rules() = std::move(told);
  }
  out.set_bytes(gateway.assembly().rules->bytes());
  out.set_max_bytes(gateway.config().rules_memory);
  if (!request.group().empty() && std::ranges::find(groups, request.group()) == groups.end()) {
    const auto near = base::nearest(request.group(), groups);
    response.set_error("no group of rules '" + request.group() + "'" +
                       (near ? "; did you mean '" + *near + "'?" : "; `wayside rules list` lists them"));
  }
  answer(std::move(response));
}

}  // namespace wayside::daemon
