// `wayside dictionary`: the data dictionary of the installed profiles and the rules beside them, or of one site. Works
// on files, without a daemon. Exit status: 0 good; 2 wrong use; 65 one metric means two things, or a file has problems;
// 66 no such file or metric.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "config/load.hpp"
#include "pipeline/dictionary_json.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

struct DictionaryCommand {
  std::vector<std::string> folders;  // of profiles
  std::string config;                // a gateway.yaml instead
  std::string metric;                // only this one
  bool markdown = false;
};

// Adds the subcommand; `chosen` is set when it was given on the command line.
void add_dictionary(CLI::App& app, const Common& common, std::function<int()>& chosen);

struct CollectedDictionary {
  pipeline::Dictionary dictionary;
  pipeline::DictionaryHead head;
  std::vector<config::Problem> problems;  // of files; what they do not say is left out
};
[[nodiscard]] CollectedDictionary collect_dictionary(const DictionaryCommand& command);

// The points that a device of the profile has, with one instance at least of each group. None where its family cannot
// make one without options of the site: then those of the profile alone.
[[nodiscard]] std::vector<device::PointSpec> points_of(const device::Profile& profile);

// For people: a table for each department.
[[nodiscard]] std::string to_markdown(const pipeline::Dictionary& dictionary, const pipeline::DictionaryHead& head);

}  // namespace wayside::cli
