// `wayside profiles list|show|check|new|import`: works on files, without a daemon. Exit status: 0 good; 1 a file cannot
// be written; 2 wrong use; 65 (EX_DATAERR) a profile has problems, or nothing could be carried over; 66 no such file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "config/import/import.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

inline constexpr int kExitData = 65;
inline constexpr int kExitNoInput = 66;

// Adds the subcommand; `chosen` is set when it was given on the command line.
void add_profiles(CLI::App& app, const Common& common, std::function<int()>& chosen);

struct ProfileFile {
  std::string file;
  std::string name;
};

// The profiles of folders (also in <folder>/<family>/profiles), by name. Files that are no profiles are left out.
[[nodiscard]] std::vector<ProfileFile> find_profiles(const std::vector<std::string>& folders);
// $WAYSIDE_PROFILES, folders with ':' between; else where the package puts them.
[[nodiscard]] std::vector<std::string> default_folders();

// `part`: only those whose name has it; empty: all.
int profiles_list(const Common& common, const std::vector<std::string>& folders, const std::string& part);
int profiles_show(const Common& common, const std::vector<std::string>& folders, const std::string& name);
int profiles_check(const std::vector<std::string>& files);

struct ImportCommand {
  std::vector<std::string> files;
  std::string out;                         // a file, or a folder where there are several inputs; empty: standard output
  std::string format;                      // empty: by the file
  bool force = false;                      // overwrite
  std::string kind;                        // of registers, for CSV
  std::string order;                       // of bytes, for CSV
  std::vector<std::string> scale_factors;  // NAME=VALUE
  std::vector<std::string> counts;         // NAME=VALUE
  config::ImportOptions options;
};

int profiles_import(ImportCommand command);

struct NewProfile {
  std::string family;
  std::string name;
  std::string out;  // empty: NAME.yaml here
  bool force = false;
};

// A profile to be filled in, that is valid as it is.
int profiles_new(const NewProfile& wanted);

}  // namespace wayside::cli
