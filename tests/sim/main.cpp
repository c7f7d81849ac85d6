// wayside-sim: simulated field devices. A new subcommand is a row here and a file cmd_<name>.cpp.
#include "sim/command.hpp"

namespace sim = wayside::sim;

int main(int argc, char** argv) {
  return sim::run_command_line(
      argc, argv,
      {sim::devices_command(), sim::fault_command(), sim::fleet_command(), sim::list_command(), sim::run_command()});
}
