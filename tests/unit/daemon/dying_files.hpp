// A folder in memory whose machine can die after any step: what was not synced may be gone by then.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/version_files.hpp"

namespace wayside::tests {

class DyingFiles final : public daemon::VersionFiles {
 public:
  int steps_left = -1;  // negative: it lives on
  int steps = 0;

  // Power comes back: of names and bytes only what was synced is there. `kept`: of what was not synced all is there,
  // as after the end of the process alone.
  void come_back(bool kept) {
    steps_left = -1;
    if (!kept) files_ = durable_;
    for (auto& [name, file] : files_) {
      if (!file.synced && !kept) file.bytes.resize(file.bytes.size() / 2);
      file.synced = true;
    }
    durable_ = files_;
  }
  void spoil(const std::string& name) {
    auto& bytes = files_.at(name).bytes;
    bytes[bytes.size() / 2] ^= 0x40U;
  }

  base::Result<void> make_folder() override { return {}; }
  base::Result<base::Bytes> read(const std::string& name) override {
    const auto found = files_.find(name);
    if (found == files_.end()) return base::Error{base::Errc::not_found, base::Consequence::retry_later, name};
    return found->second.bytes;
  }
  base::Result<void> write_new(const std::string& name, base::ByteView bytes) override {
    if (dies()) return dead();
    files_[name] = {{bytes.begin(), bytes.end()}, false};
    return {};
  }
  base::Result<void> sync(const std::string& name) override {
    if (dies()) return dead();
    files_.at(name).synced = true;
    return {};
  }
  base::Result<void> rename(const std::string& from, const std::string& to) override {
    if (dies()) return dead();
    files_[to] = files_.at(from);
    files_.erase(from);
    return {};
  }
  base::Result<void> sync_folder() override {
    if (dies()) return dead();
    durable_ = files_;
    return {};
  }
  base::Result<void> remove(const std::string& name) override {
    if (dies()) return dead();
    files_.erase(name);
    return {};
  }
  std::vector<std::string> names() override {
    std::vector<std::string> out;
    for (const auto& [name, file] : files_) out.push_back(name);
    return out;
  }

 private:
  struct File {
    base::Bytes bytes;
    bool synced = false;
  };

  bool dies() {
    ++steps;
    if (steps_left == 0) return true;
    if (steps_left > 0) --steps_left;
    return false;
  }
  static base::Error dead() { return {base::Errc::io, base::Consequence::fatal, "the machine is dead"}; }

  std::map<std::string, File> files_;
  std::map<std::string, File> durable_;  // as the folder was when it was last synced
};

}  // namespace wayside::tests
