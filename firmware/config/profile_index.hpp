// The profiles that a site can name: those of the files and folders under `profiles`. A file that is named is checked
// at once; of a folder only the names, and the profiles that a device uses: a library may hold families that
// are not built in. Private to config; the reader's thread; nothing throws.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/profile_reader.hpp"

namespace wayside::config {

class ProfileIndex {
 public:
  // `families` and `problems` must outlive it.
  ProfileIndex(Families families, Problems& problems) : families_(families), problems_(problems) {}

  // An entry of `profiles`: a YAML file, or a folder of *.yaml files (not those in folders inside).
  void add(const Value& listed);

  // A folder that may be missing; `at` is where its problems are told.
  void add_if_there(const Value& at, const std::string& folder);

  [[nodiscard]] bool has(const std::string& name) const { return entries_.contains(name); }
  // The profile, read at the first call. Null: no such name, or a file with problems (told at the first call).
  [[nodiscard]] const device::Profile* find(const std::string& name);
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Entry {
    Document document;
    bool read = false;
    std::optional<device::Profile> profile;
  };

  void add_folder(const Value& listed, const std::string& folder);
  // The profile's name; empty when it has none or another file has it.
  std::string add_file(const std::string& file, const Files& files);

  Families families_;
  Problems& problems_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> files_;  // canonical path -> profile name
};

}  // namespace wayside::config
