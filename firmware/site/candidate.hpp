// A configuration that could be put to work: its files read, checked and put together, beside the one at work. Also
// what `waysided --check` and `wayside config check` run. Reads files and nothing else; any one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "config/files.hpp"
#include "config/gateway_config.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"
#include "model/config_version.hpp"
#include "site/assembly.hpp"

namespace wayside::site {

struct Candidate {
  model::ConfigBundle bundle;                     // all files that were read
  base::Bytes digest;                             // of the bundle
  std::unique_ptr<config::GatewayConfig> config;  // null: there are problems
  std::optional<Assembly> assembly;               // of `config`; none: there are problems
  std::vector<config::Problem> problems;          // all of them, in the order in which a person mends them
  std::vector<config::Problem> warnings;

  [[nodiscard]] bool is_good() const { return assembly.has_value(); }
};

// `file`: its gateway.yaml.
[[nodiscard]] Candidate read_candidate(const std::string& file, const config::Files& files,
                                       std::span<const device::DriverFamily* const> families);

// Of a bundle with all that it names. Paths in it that are not absolute stand in `folder`.
[[nodiscard]] Candidate open_candidate(const model::ConfigBundle& bundle, const std::string& folder,
                                       std::span<const device::DriverFamily* const> families);

// Of a bundle that someone gives: what it names and does not bring along is taken from `under`, and is in the
// candidate's own bundle.
[[nodiscard]] Candidate read_candidate(const model::ConfigBundle& bundle, const std::string& folder,
                                       const config::Files& under,
                                       std::span<const device::DriverFamily* const> families);

}  // namespace wayside::site
