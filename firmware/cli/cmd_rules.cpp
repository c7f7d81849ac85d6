#include "cli/cmd_rules.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/output.hpp"
#include "cli/replay.hpp"
#include "cli/rules_check.hpp"
#include "cli/rules_list.hpp"
#include "cli/rules_test.hpp"
#include "cli/translation.hpp"
#include "rules/language/functions.hpp"

namespace wayside::cli {
namespace {

std::string_view kind_of(rules::FunctionKind kind) {
  switch (kind) {
    case rules::FunctionKind::plain: return tr("of numbers");
    case rules::FunctionKind::window: return tr("over the samples of the last while");
    case rules::FunctionKind::clock: return tr("of the site's clock");
    case rules::FunctionKind::detector: return tr("detectors");
    case rules::FunctionKind::fibre: return tr("of all zones along a fibre");
  }
  return "?";
}

int functions() {
  std::optional<rules::FunctionKind> kind;
  for (const auto& function : rules::functions()) {
    if (kind != function.kind) fmt::print("{}{}:\n", kind ? "\n" : "", kind_of(function.kind));
    kind = function.kind;
    fmt::print("  {:<36} {}\n", function.usage, function.meaning);
  }
  tr_print(
      "\nacross points, with or without by (label, ...):\n"
      "  sum(x)  avg(x)  min(x)  max(x)  count(x or condition)  share(condition)\n");
  return 0;
}

void add_check(CLI::App& rules, const Common& common, std::function<int()>& chosen) {
  auto* sub = rules.add_subcommand("check", tr("Tell every problem of rule files, and what each rule costs"));
  auto given = std::make_shared<RulesCheckCommand>();
  auto* files = sub->add_option("files", given->files, tr("Rule files"));
  auto* config = sub->add_option("--config", given->config, tr("Check against the devices of this gateway.yaml"));
  sub->add_option("--profile", given->profiles,
                  tr("Check against these profiles, names or files (default: those beside the pack)"))
      ->excludes(config);
  sub->add_option("--dir", given->folders,
                  tr("A folder to look in for profiles, as often as needed (or $WAYSIDE_PROFILES)"))
      ->allow_extra_args(false);
  sub->callback([given, files, config, &common, &chosen] {
    if (files->count() == 0 && config->count() == 0) throw CLI::RequiredError(tr("files, or --config"));
    chosen = [given, &common] { return rules_check(common, *given); };
  });
}

void add_test(CLI::App& rules, const Common& common, std::function<int()>& chosen) {
  auto* sub = rules.add_subcommand("test", tr("Run files of series and of the alarms that must come of them"));
  auto files = std::make_shared<std::vector<std::string>>();
  sub->add_option("files", *files, tr("Test files"))->required();
  sub->callback([files, &common, &chosen] { chosen = [files, &common] { return rules_test(common, *files); }; });
}

void add_list(CLI::App& rules, const Common& common, std::function<int()>& chosen) {
  auto* sub = rules.add_subcommand("list", tr("The rules at work: state, what they read, when they ran, memory"));
  auto given = std::make_shared<RulesListCommand>();
  sub->add_option("group", given->group, tr("Only those of this group"));
  sub->add_flag("--unknown", given->unknown, tr("Only those that do not know somewhere what to say, and why"));
  sub->callback([given, &common, &chosen] { chosen = [given, &common] { return rules_list(common, *given); }; });
}

}  // namespace

void add_rules(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* rules = app.add_subcommand("rules", tr("Rules: list those at work; functions, check and test need no daemon"));
  rules->require_subcommand(1);
  auto* list = rules->add_subcommand("functions", tr("The functions that expressions may use"));
  list->callback([&chosen] { chosen = [] { return functions(); }; });
  add_list(*rules, common, chosen);
  add_check(*rules, common, chosen);
  add_test(*rules, common, chosen);
}

void add_replay(CLI::App& app, std::function<int()>& chosen) {
  auto* sub = app.add_subcommand("replay", tr("Run a CSV through an expression (no daemon needed)"));
  auto given = std::make_shared<ReplayCommand>();
  sub->add_option("--csv", given->csv, tr("Series: timestamp,value[,value2...]; the columns are the metrics"))
      ->required();
  sub->add_option("--rule", given->rule, tr("Expression: a score from 0 to 1, or a condition"))->required();
  sub->add_option("--out", given->out, tr("Where to write timestamp,anomaly_score (default: standard output)"));
  sub->add_option("--plot", given->plot, tr("Draw the columns and the score into this file (SVG)"));
  sub->add_option("--learn", given->learn, tr("Series that run before, nothing of which is written"));
  sub->add_option("--prior", given->prior, tr("Baselines to begin with (`wayside baseline merge` makes them)"));
  sub->add_option("--export", given->baselines, tr("Where to write the baselines that were learned"));
  auto* latitude = sub->add_option("--latitude", given->latitude, tr("Of the site, for sun_elevation()"));
  auto* longitude = sub->add_option("--longitude", given->longitude, tr("Of the site"));
  latitude->check(CLI::Range(-90.0, 90.0))->needs(longitude);
  longitude->check(CLI::Range(-180.0, 180.0))->needs(latitude);
  sub->callback([given, latitude, &chosen] {
    given->has_position = latitude->count() > 0;
    chosen = [given] { return replay(*given); };
  });
}

}  // namespace wayside::cli
