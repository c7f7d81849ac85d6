// Which line `wayside bus scan` and `bus probe` go to: a bus by its id, or a port or an endpoint that is no bus.
#pragma once

#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/field_line.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

struct TargetOptions {
  std::string bus;
  std::string port;
  std::string tcp;  // HOST or HOST:PORT
  bool rtu_frames = false;
  std::string config;  // without a daemon: where the bus stands
};

void add_target_options(CLI::App& sub, TargetOptions& options);

// Errors: nothing or several things named; no such bus; a bus of devices that do not speak Modbus; the daemon does not
// lend it. The text says what to do. `stop` must be readable once a person has had enough.
[[nodiscard]] base::Result<std::unique_ptr<FieldLine>> open_target(const Common& common, const TargetOptions& options,
                                                                   int stop);

}  // namespace wayside::cli
