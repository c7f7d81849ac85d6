#include <CLI/CLI.hpp>

#include "sim/command.hpp"

namespace wayside::sim {

int run_command_line(int argc, char** argv, const std::vector<Command>& commands) {
  CLI::App app{"simulated field devices for wayside", "wayside-sim"};
  app.require_subcommand(1);
  std::vector<Arguments> arguments(commands.size());  // CLI11 keeps pointers into it
  std::vector<CLI::App*> parsed;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    CLI::App* const sub = app.add_subcommand(commands[i].name, commands[i].help);
    for (const auto& spec : commands[i].options) {
      auto* const option = sub->add_option(spec.name, arguments[i].values[spec.name], spec.help);
      option->required(spec.required);
      if (!spec.takes_rest) option->expected(1)->allow_extra_args(false);
    }
    parsed.push_back(sub);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!parsed[i]->parsed()) continue;
    std::erase_if(arguments[i].values, [](const auto& entry) { return entry.second.empty(); });
    return commands[i].run(arguments[i]);
  }
  return 1;
}

}  // namespace wayside::sim
