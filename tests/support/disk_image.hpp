// What a disk holds: folders and files with what is synced and what only the page cache knows, and what of it a power
// cut leaves. A value: copy it to try another end of the same story.
//
// The model is the strictest that file systems agree on: a write, a truncation or a change of the folder that was not
// synced is kept or lost, each by itself; a write may be torn at any of its 512-byte sectors; a file's own sync says
// nothing about its name in the folder. After a sync that failed, what was waiting is never written again by a later
// sync (as in Linux since 4.13): it is on the disk or not, and the page cache may show either.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace wayside::tests {

struct DiskOp {
  enum class Kind : std::uint8_t { create, remove, rename, write, truncate, sync, sync_failed, sync_folder };
  Kind kind{};
  int file = 0;              // of write, truncate, sync, sync_failed and create
  std::string path;          // of create, remove, rename
  std::string to;            // of rename
  std::uint64_t offset = 0;  // of write; the new size of truncate; the seed of sync_failed
  base::Bytes data;          // of write
};

class DiskImage {
 public:
  // How a power cut treats what was not synced.
  enum class Fate : std::uint8_t { all_lost, all_kept, by_chance };

  void apply(const DiskOp& op);
  // The disk at the next start: everything in it is synced.
  [[nodiscard]] DiskImage crashed(Fate fate, base::Random& random) const;

  // As a running process sees it.
  [[nodiscard]] int find(const std::string& path) const;  // 0: there is none
  [[nodiscard]] const base::Bytes& content(int file) const { return files_.at(file).now; }
  [[nodiscard]] const std::map<std::string, int>& folder() const { return folder_; }
  [[nodiscard]] int next_file() const { return next_file_; }
  // Damage: flips bits of what stands at `offset`, on the disk and in the page cache.
  void flip(const std::string& path, std::uint64_t offset, std::uint8_t bits);
  void put(const std::string& path, base::Bytes content);  // synced

 private:
  struct File {
    base::Bytes synced;
    std::vector<DiskOp> pending;
    base::Bytes now;
  };
  std::map<int, File> files_;
  std::map<std::string, int> folder_;
  std::map<std::string, int> synced_folder_;
  std::vector<DiskOp> pending_folder_;
  int next_file_ = 1;
};

}  // namespace wayside::tests
