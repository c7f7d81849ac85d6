// YAML files -> GatewayConfig. Every problem names file:line:column, what was found, what was expected and, for a
// wrong name, the nearest valid one; all problems of all files are collected, not only the first.
// Synchronous, before the Schedulers run or in a tool. Relative paths in a file are relative to that file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/files.hpp"
#include "config/gateway_config.hpp"
#include "config/rule_tests.hpp"
#include "device/driver.hpp"

namespace wayside::config {

struct Problem {
  model::SourcePlace place;
  std::string what;
  [[nodiscard]] std::string message() const { return model::message_at(place, what); }
};

template <class T>
struct Loaded {
  std::optional<T> value;  // present only when problems is empty
  std::vector<Problem> problems;
};

// gateway.yaml with everything it names. `families`: the driver families built in (names and options are checked).
[[nodiscard]] Loaded<GatewayConfig> load_gateway(const std::string& file,
                                                 std::span<const device::DriverFamily* const> families,
                                                 const Files& files = disk());

[[nodiscard]] Loaded<device::Profile> load_profile(const std::string& file,
                                                   std::span<const device::DriverFamily* const> families);

// The same of a text that is there already; `file` is for places only.
[[nodiscard]] Loaded<device::Profile> parse_profile(const std::string& file, std::string text,
                                                    std::span<const device::DriverFamily* const> families);

[[nodiscard]] Loaded<std::vector<model::RuleSpec>> load_rules(const std::string& file);

// The same as far as it can be read, also where there are problems; both are appended to. A rule whose id (group/name)
// is among `rules` already is a problem.
void read_rules(const std::string& file, std::vector<model::RuleSpec>& rules, std::vector<Problem>& problems);

// In the order in which a person mends them: files as first met, then lines; each problem once.
void sort_problems(std::vector<Problem>& problems);

// A file of tests with the rules it names (docs/rules-test.md).
[[nodiscard]] Loaded<RuleTestFile> load_rule_tests(const std::string& file,
                                                   std::span<const device::DriverFamily* const> families);

}  // namespace wayside::config
