#include <fmt/format.h>

#include <cstdio>

#include "sim/command.hpp"
#include "sim/control_server.hpp"

namespace wayside::sim {
namespace {

int run_list(const Arguments& arguments) {
  auto answer = ask(arguments.get("--control"), "list");
  if (!answer) {
    fmt::print(stderr, "wayside-sim: {}\n", answer.error().what);
    return 1;
  }
  if (answer->ends_with("\nok")) answer->resize(answer->size() - 3);
  fmt::print("{}\n", *answer);
  return 0;
}

}  // namespace

Command list_command() {
  return {"list",
          "the devices of a running simulator and their faults",
          {{"--control", "Unix socket of the simulator", true}},
          run_list};
}

}  // namespace wayside::sim
