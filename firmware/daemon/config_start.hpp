// Which configuration a start runs. The file of the command line when it has changed since it was last looked at and is
// good; else the current version; a version that was on trial is refused first. Synchronous, before the Schedulers run.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "daemon/config_versions.hpp"
#include "device/driver.hpp"
#include "site/candidate.hpp"

namespace wayside::daemon {

struct ConfigStart {
  site::Candidate candidate;  // good
  std::uint64_t number = 0;   // its version; 0: versions cannot be kept
  std::string trouble;        // why they cannot; empty: they can
};

// None: there is nothing that could be run. What a person should know is written to the error output and the log.
[[nodiscard]] std::optional<ConfigStart> choose_config(const std::string& file, ConfigVersions& versions,
                                                       std::span<const device::DriverFamily* const> families,
                                                       const base::Clock& clock);

// Where versions are kept: in `state` (of the command line), else in the state folder that systemd gives, else beside
// the file.
[[nodiscard]] std::string versions_folder(const std::string& file, const std::string& state);

}  // namespace wayside::daemon
