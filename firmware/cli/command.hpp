// A subcommand of `wayside`: one cmd_<name>.cpp each and one row in main.cpp.
// Exit status of all: 0 good; 1 the daemon answered that something is wrong; 2 wrong use; 69 no daemon answers.
#pragma once

#include <string>

namespace wayside::cli {

struct Common {
  std::string socket;
  bool json = false;
  std::string device;  // where the subcommand takes one
};

inline constexpr int kExitUnavailable = 69;

int cmd_status(const Common& common);
int cmd_store(const Common& common);
int cmd_uplink(const Common& common);
int cmd_devices(const Common& common);
int cmd_assets(const Common& common);
int cmd_quality(const Common& common);
int cmd_tail(const Common& common);
int cmd_top(const Common& common);
int cmd_time(const Common& common);
int cmd_health(const Common& common);
int cmd_version(const Common& common);

}  // namespace wayside::cli
