// `wayside`: the technician's one command. A table of subcommands; each lives in its own file.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>

#include "cli/cmd_alarms.hpp"
#include "cli/cmd_audit.hpp"
#include "cli/cmd_baseline.hpp"
#include "cli/cmd_bus.hpp"
#include "cli/cmd_config.hpp"
#include "cli/cmd_rules.hpp"
#include "cli/cmd_write.hpp"
#include "cli/command.hpp"
#include "cli/dictionary.hpp"
#include "cli/profiles.hpp"

namespace {

using wayside::cli::Common;

struct Command {
  const char* name;
  const char* help;
  int (*run)(const Common&);
  bool takes_device;
};

constexpr Command kCommands[] = {
    {"status", "How the gateway is: devices, alarms, store, uplink", &wayside::cli::cmd_status, false},
    {"store", "What waits, what is kept, the room it takes, what was lost", &wayside::cli::cmd_store, false},
    {"uplink", "The link to the platform: brokers, certificates, what it carries", &wayside::cli::cmd_uplink, false},
    {"devices", "Every device: does it answer, how good are its points", &wayside::cli::cmd_devices, false},
    {"assets", "Every device as an asset: serial, hours, faults; a device: its lamps", &wayside::cli::cmd_assets, true},
    {"quality", "The four measures of data quality; of a device: each point", &wayside::cli::cmd_quality, true},
    {"tail", "Events as they are recorded (end with Ctrl-C)", &wayside::cli::cmd_tail, true},
};

}  // namespace

int main(int argc, char** argv) {
  const char* from_environment = std::getenv("WAYSIDE_SOCKET");
  Common common;
  common.socket = from_environment != nullptr ? from_environment : "/run/wayside/control.sock";
  std::function<int()> chosen;

  CLI::App app{"wayside: look at the gateway in this cabinet"};
  app.set_version_flag("--version", "wayside " WAYSIDE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", common.socket, "The daemon's control socket (or $WAYSIDE_SOCKET)")->capture_default_str();
  app.add_flag("--json", common.json, "Print JSON");
  for (const auto& command : kCommands) {
    auto* sub = app.add_subcommand(command.name, command.help);
    if (command.takes_device) sub->add_option("device", common.device, "Only this device");
    sub->callback([&chosen, &common, run = command.run] { chosen = [&common, run] { return run(common); }; });
  }
  wayside::cli::add_alarm_commands(app, common, chosen);
  wayside::cli::add_audit_commands(app, common, chosen);
  wayside::cli::add_write_commands(app, common, chosen);
  wayside::cli::add_bus_commands(app, common, chosen);
  wayside::cli::add_config(app, common, chosen);
  wayside::cli::add_profiles(app, common, chosen);
  wayside::cli::add_dictionary(app, common, chosen);
  wayside::cli::add_rules(app, common, chosen);
  wayside::cli::add_replay(app, chosen);
  wayside::cli::add_baseline_commands(app, common, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return chosen();
}
