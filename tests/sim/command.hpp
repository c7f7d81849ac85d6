// A subcommand of wayside-sim: a row of the table in main.cpp, one file each (cmd_<name>.cpp).
#pragma once

#include <map>
#include <string>
#include <vector>

namespace wayside::sim {

struct OptionSpec {
  std::string name;  // "--control", or "scene" for a positional one
  std::string help;
  bool required = false;
  bool takes_rest = false;  // a positional one that takes all further words
};

struct Arguments {
  std::map<std::string, std::vector<std::string>> values;  // by name; only what was given
  [[nodiscard]] bool has(const std::string& name) const { return values.contains(name); }
  // The first value, or "".
  [[nodiscard]] std::string get(const std::string& name) const {
    const auto found = values.find(name);
    return found == values.end() || found->second.empty() ? std::string{} : found->second.front();
  }
};

struct Command {
  std::string name;
  std::string help;
  std::vector<OptionSpec> options;
  int (*run)(const Arguments& arguments);  // the exit status
};

[[nodiscard]] Command devices_command();
[[nodiscard]] Command fault_command();
[[nodiscard]] Command fleet_command();
[[nodiscard]] Command list_command();
[[nodiscard]] Command run_command();

// Parses the command line against the table and runs what it names.
[[nodiscard]] int run_command_line(int argc, char** argv, const std::vector<Command>& commands);

}  // namespace wayside::sim
