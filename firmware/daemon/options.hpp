// The daemon's command line.
#pragma once

#include <optional>
#include <string>

namespace wayside::daemon {

struct Options {
  std::string config_file;
  bool check_only = false;
  std::string state_folder;  // empty: as versions_folder() says
};

// None: the program has said what it had to say and ends with `exit_code`.
[[nodiscard]] std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace wayside::daemon
