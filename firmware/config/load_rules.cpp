#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/rules_reader.hpp"
#include "model/alarm.hpp"

namespace wayside::config {
namespace {

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
  return model::ExpressionText{*std::move(text), value.text_place()};
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

// What becomes of the alarm once it is raised.
void read_life(MapReader& map, RuleSpec& rule) {
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

std::optional<RuleSpec> read_rule(const Value& value, const std::string& group) {
  MapReader map(value);
  RuleSpec rule;
  rule.group = group;
  rule.place = value.place();
  if (const auto v = map.need("alert")) take(rule.name, read_name(*v));
  if (const auto v = map.need("expr")) take(rule.expr, read_expression(*v));
  if (const auto v = map.find("clear")) take(rule.clear, read_expression(*v));
  if (const auto v = map.find("for")) take(rule.hold_for, v->duration({}, kLongestHold));
  if (const auto v = map.find("keep_firing_for")) take(rule.keep_firing_for, v->duration({}, kLongestHold));
  if (const auto v = map.find("severity")) take(rule.severity, v->choice(kSeverities));
  read_life(map, rule);
  if (const auto v = map.find("department")) take(rule.department, v->text());
  if (const auto v = map.find("match")) rule.match = v->scalars();
  if (const auto v = map.find("labels")) rule.labels = v->scalars();
  if (const auto v = map.find("annotations")) rule.annotations = v->scalars();
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

void read_group(const Value& value, std::vector<RuleSpec>& rules) {
  MapReader map(value);
  std::string name;
  if (const auto v = map.need("name")) take(name, read_name(*v));
  if (name == model::kSystemGroup) {
    value.problem(fmt::format("the group '{}' is the gateway's own: its alarms about alarms; take another name", name));
  }
  if (const auto list = map.need("rules")) {
    for (const auto& item : list->items()) {
      if (auto rule = read_rule(item, name)) add_rule(item, *std::move(rule), rules);
    }
  }
  map.finish();
}

}  // namespace

void read_rules(const std::string& file, std::vector<RuleSpec>& rules, Problems& problems) {
  const auto document = read_document(file, problems);
  if (!document) return;
  MapReader map(Value(*document, problems));
  if (const auto groups = map.need("groups")) {
    for (const auto& item : groups->items()) read_group(item, rules);
  }
  map.finish();
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
