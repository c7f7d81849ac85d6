#include "daemon/options.hpp"

#include <CLI/CLI.hpp>

namespace wayside::daemon {

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  Options options;
  CLI::App app{"waysided: edge gateway for municipal sensors"};
  app.set_version_flag("--version", "waysided " WAYSIDE_VERSION);
  app.add_option("--config", options.config_file, "The gateway's configuration (gateway.yaml)")->required();
  app.add_option(
      "--state", options.state_folder,
      "Folder for what the daemon keeps of its configurations (default: $STATE_DIRECTORY, else beside --config)");
  app.add_flag("--check", options.check_only, "Check the configuration, print every problem, and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 64;  // EX_USAGE
    return std::nullopt;
  }
  return options;
}

}  // namespace wayside::daemon
