#include "cli/rules_list.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

// "raised 2/40", "unknown 40/40", "normal".
std::string state_text(const v1::RuleState& rule) {
  const auto counted = rule.state() == "raised"    ? rule.raised()
                       : rule.state() == "pending" ? rule.pending()
                       : rule.state() == "unknown" ? rule.unknown()
                                                   : 0;
  auto text = tr_word(rule.state());
  if (counted > 0 && rule.instances() > 1) text += fmt::format(" {}/{}", counted, rule.instances());
  return coloured(text, rule.state() == "raised"    ? Colour::bad
                        : rule.state() == "pending" ? Colour::warning
                        : rule.state() == "unknown" ? Colour::faint
                                                    : Colour::good);
}

void print_rules(const v1::RulesResponse& rules) {
  std::vector<Row> rows;
  for (const auto& rule : rules.rules()) {
    rows.push_back({rule.group() + "/" + rule.name(), state_text(rule), std::to_string(rule.points()),
                    for_people(rule.evaluated_us_ago()), rule.records() ? "-" : for_people(rule.transition_us_ago()),
                    std::to_string(rule.evaluations()), bytes_for_people(rule.bytes())});
  }
  print_table({tr("RULE"), tr("STATE"), tr("POINTS"), tr("RAN"), tr("CHANGED"), tr("TIMES"), tr("MEMORY")}, rows, {0});
  for (const auto& rule : rules.rules()) {
    if (rule.unknown() == 0) continue;
    print_wrapped("", 2, fmt::format("{}: {}", rule.first_unknown(), rule.unknown_why()));
  }
  tr_print("{} rule{}, {} of at most {}\n", rules.rules_size(), rules.rules_size() == 1 ? "" : "s",
           bytes_for_people(rules.bytes()), bytes_for_people(rules.max_bytes()));
}

}  // namespace

int rules_list(const Common& common, const RulesListCommand& command) {
  v1::Request request;
  request.mutable_rules()->set_group(command.group);
  request.mutable_rules()->set_unknown(command.unknown);
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& rules = response->rules();
  if (common.json) {
    print_json(rules);
  } else if (rules.rules().empty()) {
    fmt::print("{}\n", command.unknown ? tr("every rule knows what it says") : tr("no rules"));
  } else {
    print_rules(rules);
  }
  return 0;
}

}  // namespace wayside::cli
