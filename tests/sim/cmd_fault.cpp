#include <fmt/format.h>

#include <cstdio>

#include "sim/command.hpp"
#include "sim/control_server.hpp"

namespace wayside::sim {
namespace {

int run_fault(const Arguments& arguments) {
  std::string line = "fault " + arguments.get("target");
  for (const auto& word : arguments.values.at("fault")) line += " " + word;
  const auto answer = ask(arguments.get("--control"), line);
  if (!answer) {
    fmt::print(stderr, "wayside-sim: {}\n", answer.error().what);
    return 1;
  }
  fmt::print("{}\n", *answer);
  return *answer == "ok" ? 0 : 1;
}

}  // namespace

Command fault_command() {
  return {"fault",
          "give a device of a running simulator a fault",
          {{"--control", "Unix socket of the simulator", true},
           {"target", "device", true},
           {"fault", "fault and its argument, as `list` shows", true, true}},
          run_fault};
}

}  // namespace wayside::sim
