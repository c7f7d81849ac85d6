// `wayside`: the technician's one command. A table of subcommands; each lives in its own file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <memory>

#include "cli/cmd_alarms.hpp"
#include "cli/cmd_audit.hpp"
#include "cli/cmd_baseline.hpp"
#include "cli/cmd_bus.hpp"
#include "cli/cmd_check.hpp"
#include "cli/cmd_config.hpp"
#include "cli/cmd_history.hpp"
#include "cli/cmd_points.hpp"
#include "cli/cmd_report.hpp"
#include "cli/cmd_rules.hpp"
#include "cli/cmd_update.hpp"
#include "cli/cmd_watch.hpp"
#include "cli/cmd_why.hpp"
#include "cli/cmd_write.hpp"
#include "cli/command.hpp"
#include "cli/complete.hpp"
#include "cli/dictionary.hpp"
#include "cli/profiles.hpp"
#include "cli/translation.hpp"
#include "cli/watch_loop.hpp"

namespace {

using wayside::cli::Common;
using wayside::cli::tr;
using wayside::cli::tr_format;
using wayside::cli::tr_mark;
using wayside::cli::tr_word;

struct Command {
  const char* name;
  const char* help;
  int (*run)(const Common&);
  bool takes_device;
};

constexpr Command kCommands[] = {
    {"status", tr_mark("How the gateway is: devices, alarms, store, uplink"), &wayside::cli::cmd_status, false},
    {"store", tr_mark("What waits, what is kept, the room it takes, what was lost"), &wayside::cli::cmd_store, false},
    {"uplink", tr_mark("The link to the platform: brokers, certificates, what it carries"), &wayside::cli::cmd_uplink,
     false},
    {"devices", tr_mark("Every device: does it answer, how good are its points"), &wayside::cli::cmd_devices, false},
    {"assets", tr_mark("Every device as an asset: serial, hours, faults; a device: its lamps"),
     &wayside::cli::cmd_assets, true},
    {"quality", tr_mark("The four measures of data quality; of a device: each point"), &wayside::cli::cmd_quality,
     true},
    {"top", tr_mark("A full-screen live view (end with q)"), &wayside::cli::cmd_top, false},
    {"health", tr_mark("For service managers: 0 well, 1 degraded and why"), &wayside::cli::cmd_health, false},
    {"time", tr_mark("The clock: is it trusted, by whom, since when"), &wayside::cli::cmd_time, false},
    {"version", tr_mark("Versions of this command, the daemon and its libraries"), &wayside::cli::cmd_version, false},
    {"tail", tr_mark("Events as they are recorded (end with Ctrl-C)"), &wayside::cli::cmd_tail, true},
};

// Commands whose text may be looked at again and again.
constexpr const char* kWatched[] = {"status", "devices", "points", "alarms", "bus list", "rules list"};

void add_watch_options(CLI::App& app, double& seconds) {
  constexpr double kUsual = 2;
  for (const std::string name : kWatched) {
    const auto blank = name.find(' ');
    auto* sub = app.get_subcommand(name.substr(0, blank));
    if (blank != std::string::npos) sub = sub->get_subcommand(name.substr(blank + 1));
    sub->add_option_function<std::string>(
           "--watch",
           [&seconds](const std::string& text) {
             seconds = kUsual;
             const bool given = !text.empty() && text != "true";
             if (given && (!CLI::detail::lexical_cast(text, seconds) || seconds < 0.2 || seconds > 3600)) {
               throw CLI::ValidationError(
                   "--watch",
                   tr_format("'{}' is no number of seconds from 0.2 to 3600 (a device goes before --watch)", text));
             }
           },
           tr("Again every so many seconds (2), until Ctrl-C"))
        ->expected(0, 1)
        ->type_name("SECONDS");
  }
}

// What CLI11 itself says. Its errors stay as they are, with what kind they are before them.
void translate_help(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_group() == "Options") option->group(tr("Options"));
  }
  if (app.get_help_ptr() != nullptr) app.get_help_ptr()->description(tr("Print this help message and exit"));
  for (auto* sub : app.get_subcommands({})) {
    if (sub->get_group() == "Subcommands") sub->group(tr("Subcommands"));
    translate_help(*sub);
  }
}

void translate_parser(CLI::App& app) {
  translate_help(app);
  app.get_option("--version")->description(tr("Display program version information and exit"));
  for (const auto* label : {tr_mark("Usage"), tr_mark("Positionals"), tr_mark("OPTIONS"), tr_mark("SUBCOMMAND"),
                            tr_mark("SUBCOMMANDS"), tr_mark("REQUIRED"), tr_mark("Needs"), tr_mark("Excludes")}) {
    app.get_formatter()->label(label, tr(label));
  }
  app.failure_message([](const CLI::App* /*app*/, const CLI::Error& error) {
    // An ExtrasError is named after the command that it came from.
    const bool extras = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
    const auto name = extras ? std::string("ExtrasError") : error.get_name();
    const auto kind = tr_word(name);
    return (kind == name ? "" : kind + ": ") + error.what() + "\n" + tr("Run with --help for more information.") + "\n";
  });
}

// Hidden: for the shell and for scripts/man-pages.
void add_complete(CLI::App& app, const wayside::cli::Common& common, std::function<int()>& chosen) {
  auto* sub = app.add_subcommand("complete", "What may stand for the last word")->group("");
  const auto words = std::make_shared<std::vector<std::string>>();
  const auto table = std::make_shared<bool>(false);
  sub->add_option("words", *words, "The line so far, after `--`");
  sub->add_flag("--table", *table, "Every command with its options, as JSON");
  sub->callback([&app, &common, &chosen, words, table] {
    chosen = [&app, &common, words, table] {
      if (*table) {
        fmt::print("{}", wayside::cli::command_table(app));
        return 0;
      }
      for (const auto& one : wayside::cli::complete(app, common, *words)) fmt::print("{}\n", one);
      return 0;
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  const char* from_environment = std::getenv("WAYSIDE_SOCKET");
  Common common;
  common.socket = from_environment != nullptr ? from_environment : "/run/wayside/control.sock";
  std::function<int()> chosen;

  wayside::cli::choose_language([](const char* name) -> const char* { return std::getenv(name); });
  CLI::App app{tr("wayside: look at the gateway in this cabinet")};
  app.set_version_flag("--version", "wayside " WAYSIDE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", common.socket, tr("The daemon's control socket (or $WAYSIDE_SOCKET)"))
      ->capture_default_str();
  app.add_flag("--json", common.json, tr("Print JSON"));
  for (const auto& command : kCommands) {
    auto* sub = app.add_subcommand(command.name, tr(command.help));
    if (command.takes_device) sub->add_option("device", common.device, tr("Only this device"));
    sub->callback([&chosen, &common, run = command.run] { chosen = [&common, run] { return run(common); }; });
  }
  wayside::cli::add_alarm_commands(app, common, chosen);
  wayside::cli::add_audit_commands(app, common, chosen);
  wayside::cli::add_point_commands(app, common, chosen);
  wayside::cli::add_why(app, common, chosen);
  wayside::cli::add_check(app, common, chosen);
  wayside::cli::add_watch(app, common, chosen);
  wayside::cli::add_history(app, common, chosen);
  wayside::cli::add_report(app, common, chosen);
  wayside::cli::add_update(app, chosen);
  wayside::cli::add_write_commands(app, common, chosen);
  wayside::cli::add_bus_commands(app, common, chosen);
  wayside::cli::add_config(app, common, chosen);
  wayside::cli::add_profiles(app, common, chosen);
  wayside::cli::add_dictionary(app, common, chosen);
  wayside::cli::add_rules(app, common, chosen);
  wayside::cli::add_replay(app, chosen);
  wayside::cli::add_baseline_commands(app, common, chosen);
  double watched = 0;
  add_watch_options(app, watched);
  add_complete(app, common, chosen);
  translate_parser(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (common.json) wayside::cli::use_english();
  return watched > 0 ? wayside::cli::watch(watched, chosen) : chosen();
}
