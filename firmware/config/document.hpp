// A YAML file as read, before anyone looks what it says. With yaml_reader.hpp the only headers that include yaml-cpp;
// private to config. Used by one thread at a time; nothing throws.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <vector>

#include "config/files.hpp"
#include "config/load.hpp"

namespace wayside::config {

using Problems = std::vector<Problem>;

struct Document {
  std::string file;
  std::string text;
  YAML::Node root;
  const Files* files = &disk();  // that it was read from, and those it names are
};

// A file with one document. None: it is missing, too large, no YAML, or holds several; the problem says which.
[[nodiscard]] std::optional<Document> read_document(const std::string& file, Problems& problems,
                                                    const Files& files = disk());

// The same for a text that is there already; `file` is for places only.
[[nodiscard]] std::optional<Document> parse_document(const std::string& file, std::string text, Problems& problems);

// `path` as seen from the folder of `file`.
[[nodiscard]] std::string relative_to(const std::string& file, const std::string& path);

}  // namespace wayside::config
