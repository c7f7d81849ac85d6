#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/nearest.hpp"
#include "cli/dictionary.hpp"
#include "cli/output.hpp"
#include "cli/profiles.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

using pipeline::DictionaryEntry;

std::string range_text(const std::optional<double>& least, const std::optional<double>& most) {
  const auto end = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : "..."; };
  return tr_format("{} to {}", end(least), end(most));
}

void print_line(std::string_view name, const std::string& text) {
  if (!text.empty()) fmt::print("  {:<12} {}\n", name, text);
}

void print_entry(const DictionaryEntry& entry) {
  fmt::print("{}\n", entry.metric);
  print_line(tr("meaning"), entry.meaning);
  print_line(tr("definition"), entry.definition);
  print_line(tr("value"), std::string(to_string(entry.kind)));
  for (const auto& [number, name] : entry.values) print_line("", fmt::format("{} = {}", number, name));
  print_line(tr("unit"), entry.unit);
  if (entry.valid_min || entry.valid_max) print_line(tr("range"), range_text(entry.valid_min, entry.valid_max));
  print_line(tr("class"), std::string(to_string(entry.data_class)));
  print_line(tr("department"), fmt::format("{}", fmt::join(entry.departments, ", ")));
  print_line(tr("for each"), fmt::format("{}", fmt::join(entry.instances, ", ")));
  print_line(tr("since"), entry.since);
  print_line(tr("changed"), entry.changed);
  print_line(tr("retired"), entry.retired);
  print_line(tr("replaced by"), entry.replaced_by);
  for (const auto& [model, mapping] : entry.maps_to) {
    print_line(model, mapping.name + (mapping.verified ? "" : tr(" (unverified)")));
  }
  for (const auto& origin : entry.origins) {
    const auto version = origin.version == 0 ? std::string() : tr_format(" version {}", origin.version);
    const bool same = origin.from.empty() || origin.from == "rule " + origin.name || origin.from == origin.name;
    print_line(tr("from"), origin.name + version + (same ? "" : ": " + origin.from));
    if (origin.valid_min || origin.valid_max) print_line("", range_text(origin.valid_min, origin.valid_max));
    print_line("", origin.meaning);
  }
}

void print_overview(const pipeline::Dictionary& dictionary) {
  std::vector<Row> rows;
  for (const auto& entry : dictionary.entries) {
    const auto unit = entry.kind == pipeline::EntryKind::number ? entry.unit : std::string(to_string(entry.kind));
    rows.push_back({entry.metric, unit, std::string(to_string(entry.data_class)),
                    fmt::format("{}", fmt::join(entry.departments, ", ")), entry.meaning});
  }
  print_table({tr("METRIC"), tr("UNIT"), tr("CLASS"), tr("DEPARTMENT"), tr("MEANING")}, rows, {3});
}

// False: there was something to tell.
bool print_troubles(const CollectedDictionary& collected) {
  for (const auto& problem : collected.problems) fmt::print(stderr, "{}\n", problem.message());
  for (const auto& contradiction : collected.dictionary.contradictions) {
    tr_error("wayside: contradiction: {}\n", contradiction);
  }
  return collected.problems.empty() && collected.dictionary.contradictions.empty();
}

// 0, or why there is nothing to show.
int pick(pipeline::Dictionary& dictionary, const std::string& metric) {
  std::vector<std::string> names;
  for (const auto& entry : dictionary.entries) names.push_back(entry.metric);
  std::erase_if(dictionary.entries, [&metric](const auto& entry) { return entry.metric != metric; });
  if (!dictionary.entries.empty()) return 0;
  tr_error("wayside: no metric '{}'{}\n", metric, base::hint(metric, names));
  return kExitNoInput;
}

int show(const Common& common, const DictionaryCommand& command) {
  auto collected = collect_dictionary(command);
  auto& dictionary = collected.dictionary;
  const bool good = print_troubles(collected);
  if (dictionary.entries.empty()) {
    if (good) tr_error("wayside: no profiles; give a folder with --dir, or a site with --config\n");
    return good ? kExitNoInput : kExitData;
  }
  if (!command.metric.empty()) {
    if (const int status = pick(dictionary, command.metric); status != 0) return status;
  }
  if (common.json) {
    fmt::print("{}", to_json(dictionary, collected.head));
  } else if (command.markdown) {
    fmt::print("{}", to_markdown(dictionary, collected.head));
  } else if (!command.metric.empty()) {
    print_entry(dictionary.entries.front());
  } else {
    print_overview(dictionary);
  }
  return good ? 0 : kExitData;
}

int check(const DictionaryCommand& command) {
  const auto collected = collect_dictionary(command);
  if (!print_troubles(collected)) return kExitData;
  if (collected.dictionary.entries.empty()) {
    tr_error("wayside: no profiles; give a folder with --dir, or a site with --config\n");
    return kExitNoInput;
  }
  tr_print("{} metrics, each means one thing\n", collected.dictionary.entries.size());
  return 0;
}

void add_places(CLI::App& sub, DictionaryCommand& given) {
  auto* config = sub.add_option("--config", given.config, tr("The dictionary of the site of this gateway.yaml"));
  sub.add_option("--dir", given.folders, tr("Folders of profiles, rules beside them (or $WAYSIDE_PROFILES)"))
      ->allow_extra_args(false)  // the metric follows
      ->excludes(config);
}

}  // namespace

void add_dictionary(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* sub =
      app.add_subcommand("dictionary", tr("What every metric means: unit, range, class, names in other models"));
  auto given = std::make_shared<DictionaryCommand>();
  add_places(*sub, *given);
  sub->add_option("metric", given->metric, tr("Only this one, with all that is known of it"));
  sub->add_flag("--markdown", given->markdown, tr("Print Markdown, a table for each department"));
  auto* checked = sub->add_subcommand("check", tr("Tell every metric that means two things"));
  add_places(*checked, *given);
  // The callback of a subcommand is called before its parent's.
  checked->callback([given, &chosen] { chosen = [given] { return check(*given); }; });
  sub->callback([given, checked, &common, &chosen] {
    if (!checked->parsed()) chosen = [given, &common] { return show(common, *given); };
  });
}

}  // namespace wayside::cli
