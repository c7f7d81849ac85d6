#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/load.hpp"
#include "config/rule_actions.hpp"
#include "config/rules_reader.hpp"
#include "config/scalars.hpp"
#include "config/words.hpp"
#include "model/alarm.hpp"

namespace wayside::config {
namespace {

using Parameters = std::map<std::string, std::string>;
using model::RuleSpec;
using model::Severity;

constexpr std::chrono::hours kLongestHold{24 * 30};

constexpr std::array kSeverities{
    Choice<Severity>{"low", Severity::low},
    Choice<Severity>{"medium", Severity::medium},
    Choice<Severity>{"high", Severity::high},
    Choice<Severity>{"critical", Severity::critical},
};

std::optional<std::string> read_name(const Value& value) {
  auto name = value.text();
  if (name && name->find_first_of("/\n") != std::string::npos) {
    value.expected("a name without '/'");
    return std::nullopt;
  }
  return name;
}

std::optional<model::ExpressionText> read_expression(const Value& value) {
  auto text = value.scalar();
  if (text && text->find_first_not_of(" \t\r\n") == std::string::npos) {
    value.expected("an expression");
    return std::nullopt;
  }
  if (!text) return std::nullopt;
  return model::ExpressionText{*std::move(text), value.text_place(), value.text_pieces()};
}

// - FeederTripped, or - {alert: supply/FeederTripped, on: [feeder]}
std::optional<model::Suppression> read_suppression(const Value& value) {
  model::Suppression out;
  out.place = value.place();
  if (!value.is_map()) {
    take(out.rule, value.text());
  } else {
    MapReader map(value);
    if (const auto v = map.need("alert")) take(out.rule, v->text());
    if (const auto list = map.find("on")) {
      for (const auto& item : list->items()) {
        if (auto label = item.text()) out.on.push_back(*std::move(label));
      }
    }
    map.finish();
  }
  if (out.rule.empty()) return std::nullopt;
  return out;
}

// The name of a recording rule becomes a metric and part of a point's name.
std::optional<std::string> read_metric(const Value& value) {
  auto name = value.text();
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name && (!std::ranges::all_of(*name, fits) || (name->front() >= '0' && name->front() <= '9'))) {
    value.expected("a metric: lower case letters, digits and '_', such as congestion_index");
    return std::nullopt;
  }
  return name;
}

// What only a recording rule has.
model::DerivedSpec read_derived(MapReader& map) {
  model::DerivedSpec out;
  if (const auto v = map.find("unit")) take(out.unit, v->scalar());
  if (const auto v = map.need("meaning")) take(out.meaning, v->text());
  if (const auto v = map.find("definition")) take(out.definition, v->text());
  read_mappings(map, out.maps_to, out.maps_to_unverified);
  read_releases(map, out.since, out.changed);
  if (const auto v = map.find("class")) {
    model::DataClass data_class{};
    take(data_class, v->choice(kDataClasses));
    out.data_class = data_class;
  }
  if (const auto v = map.find("range")) {
    const auto ends = v->items();
    if (ends.size() != 2) {
      v->expected("[least, most]");
    } else {
      out.valid_min = ends[0].number();
      out.valid_max = ends[1].number();
      if (out.valid_min && out.valid_max && *out.valid_min > *out.valid_max) v->expected("[least, most]");
    }
  }
  return out;
}

enum class Acknowledge : std::uint8_t { none, required };
constexpr std::array kAcknowledge{
    Choice<Acknowledge>{"none", Acknowledge::none},
    Choice<Acknowledge>{"required", Acknowledge::required},
};

void read_escalation(const Value& value, RuleSpec& rule) {
  MapReader map(value);
  if (const auto v = map.need("after")) take(rule.escalate_after, v->duration(std::chrono::seconds{1}, kLongestHold));
  if (const auto v = map.need("to")) take(rule.escalate_to, v->text());
  map.finish();
}

// What becomes of an alarm once it is raised.
void read_response(MapReader& map, RuleSpec& rule) {
  if (const auto v = map.find("acknowledge")) {
    if (const auto choice = v->choice(kAcknowledge)) rule.acknowledge = *choice == Acknowledge::required;
  }
  if (const auto v = map.find("latch")) take(rule.latch, v->truth());
  if (const auto v = map.find("realarm_after")) {
    take(rule.realarm_after, v->duration(std::chrono::minutes{1}, kLongestHold));
  }
  if (const auto v = map.find("escalate")) read_escalation(*v, rule);
  if (const auto v = map.find("stale_after")) take(rule.stale_after, v->duration({}, kLongestHold));
}

// A duration, or a parameter that is one.
std::optional<std::chrono::microseconds> read_hold(const Value& value, const RuleSpec& rule) {
  if (!value.raw().starts_with('$')) return value.duration({}, kLongestHold);
  const auto found = rule.parameters.find(value.raw().substr(1));
  if (found == rule.parameters.end()) {
    value.problem(fmt::format("there is no parameter '{}'", value.raw().substr(1)));
    return std::nullopt;
  }
  const auto duration = parse_duration(found->second);
  if (duration && *duration <= kLongestHold) return *duration;
  value.problem(fmt::format("the parameter '{}' is '{}', and here it must be a duration up to 30d such as 2m",
                            found->first, found->second));
  return std::nullopt;
}

// What only an alert has.
void read_life(MapReader& map, RuleSpec& rule) {
  if (const auto v = map.find("clear")) take(rule.clear, read_expression(*v));
  if (const auto v = map.find("for")) take(rule.hold_for, read_hold(*v, rule));
  if (const auto v = map.find("keep_firing_for")) take(rule.keep_firing_for, read_hold(*v, rule));
  if (const auto v = map.find("severity")) take(rule.severity, v->choice(kSeverities));
  if (const auto list = map.find("requires")) {
    for (const auto& item : list->items()) {
      if (auto metric = item.text()) rule.needs_good.push_back(*std::move(metric));
    }
  }
  if (const auto list = map.find("suppressed_by")) {
    for (const auto& item : list->items()) {
      if (auto parent = read_suppression(item)) rule.suppressed_by.push_back(*std::move(parent));
    }
  }
  if (const auto v = map.find("actions")) rule.actions = read_actions(*v);
  if (const auto v = map.find("annotations")) rule.annotations = v->scalars();
}

std::optional<RuleSpec> read_rule(const Value& value, const std::string& group, const Parameters& parameters) {
  MapReader map(value);
  RuleSpec rule;
  rule.group = group;
  rule.parameters = parameters;
  rule.place = value.place();
  if (const auto v = map.find("record")) {
    take(rule.name, read_metric(*v));
    rule.recorded = read_derived(map);
  } else {
    if (const auto alert = map.need("alert")) take(rule.name, read_name(*alert));
    read_life(map, rule);
    read_response(map, rule);
  }
  if (const auto v = map.need("expr")) take(rule.expr, read_expression(*v));
  if (const auto v = map.find("department")) take(rule.department, v->text());
  if (const auto v = map.find("match")) rule.match = v->scalars();
  if (const auto v = map.find("labels")) rule.labels = v->scalars();
  map.finish();
  if (rule.name.empty()) return std::nullopt;
  return rule;
}

void add_rule(const Value& value, RuleSpec rule, std::vector<RuleSpec>& rules) {
  const auto twin = std::ranges::find(rules, rule.id(), &RuleSpec::id);
  if (twin == rules.end()) {
    rules.push_back(std::move(rule));
    return;
  }
  value.problem(fmt::format("rule '{}' is defined already at {}:{}:{}", rule.id(), twin->place.file, twin->place.line,
                            twin->place.column));
}

// Those of the group, some of them as the site has them; `asked` learns which of the site's are the group's.
Parameters read_parameters(const Value& value, const Parameters& given, std::set<std::string>& asked) {
  auto out = value.scalars();
  for (auto& [name, text] : out) {
    const auto found = given.find(name);
    if (found == given.end()) continue;
    text = found->second;
    asked.insert(name);
  }
  return out;
}

void read_group(const Value& value, const Parameters& given, std::set<std::string>& asked,
                std::vector<RuleSpec>& rules) {
  MapReader map(value);
  std::string name;
  if (const auto v = map.need("name")) take(name, read_name(*v));
  if (name == model::kSystemGroup) {
    value.problem(fmt::format("the group '{}' is the gateway's own: its alarms about alarms; take another name", name));
  }
  std::chrono::microseconds interval{};
  if (const auto v = map.find("interval")) take(interval, v->duration(std::chrono::milliseconds{20}, kLongestHold));
  Parameters parameters;
  if (const auto v = map.find("parameters")) parameters = read_parameters(*v, given, asked);
  if (const auto list = map.need("rules")) {
    for (const auto& item : list->items()) {
      auto rule = read_rule(item, name, parameters);
      if (!rule) continue;
      rule->interval = interval;
      add_rule(item, *std::move(rule), rules);
    }
  }
  map.finish();
}

}  // namespace

std::optional<RuleFile> read_rule_file_name(const Value& value) {
  RuleFile out;
  if (!value.is_map()) {
    take(out.path, value.text());
  } else {
    MapReader map(value);
    if (const auto v = map.need("file")) take(out.path, v->text());
    out.parameters = map.find("parameters");
    map.finish();
  }
  if (out.path.empty()) return std::nullopt;
  return out;
}

void read_rules(const std::string& file, std::vector<RuleSpec>& rules, Problems& problems) {
  read_rules(file, rules, problems, std::nullopt, disk());
}

void read_rules(const std::string& file, std::vector<RuleSpec>& rules, Problems& problems,
                const std::optional<Value>& given, const Files& files) {
  const auto document = read_document(file, problems, files);
  if (!document) return;
  MapReader map(Value(*document, problems));
  const auto theirs = given ? given->scalars() : Parameters{};
  std::set<std::string> asked;
  if (const auto groups = map.need("groups")) {
    for (const auto& item : groups->items()) read_group(item, theirs, asked, rules);
  }
  map.finish();
  for (const auto& parameter : theirs) {
    if (asked.contains(parameter.first)) continue;
    given->problem(fmt::format("no group of {} has a parameter '{}'", file, parameter.first));
  }
}

Loaded<std::vector<RuleSpec>> load_rules(const std::string& file) {
  Loaded<std::vector<RuleSpec>> out;
  std::vector<RuleSpec> rules;
  read_rules(file, rules, out.problems);
  if (out.problems.empty()) out.value = std::move(rules);
  sort_problems(out.problems);
  return out;
}

}  // namespace wayside::config
