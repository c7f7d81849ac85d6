// A disk in memory for SQLite that can lose power: what was synced stays; of what was written since, each write
// survives, is lost, or is torn at a 512-byte sector, by seeded choice. A VFS without shared memory: use it with
// Database::Options{.exclusive = true}. One thread. Unregisters itself; its files go with it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace wayside::tests {

class CrashDisk {
 public:
  CrashDisk();  // registers the VFS under name()
  ~CrashDisk();
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  // The power goes: every open handle fails from now on, and the files become what a disk may hold afterwards.
  void crash(base::Random& random);
  // While true every write and sync fails with SQLITE_FULL / SQLITE_IOERR.
  void set_full(bool full) { full_ = full; }

  // A disk that says "synced" and keeps nothing: the negative control of every test that loses power.
  void set_lying(bool lying) { lying_ = lying; }
  [[nodiscard]] bool is_lying() const { return lying_; }

  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

  // For the C callbacks of the VFS.
  struct Write {
    std::uint64_t offset = 0;  // a truncation has no data and cuts at `offset`
    base::Bytes data;
    bool truncates = false;
  };
  struct File {
    base::Bytes synced;
    std::vector<Write> pending;
    base::Bytes now;  // synced with every pending write: what a running process sees
  };
  [[nodiscard]] std::shared_ptr<File> open(const std::string& path, bool create);
  [[nodiscard]] bool exists(const std::string& path) const { return files_.contains(path); }
  void remove(const std::string& path) { files_.erase(path); }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] bool is_full() const { return full_; }
  void count_write(std::uint64_t bytes) { bytes_written_ += bytes; }
  void count_sync() { ++syncs_; }

 private:
  struct Vfs;
  std::string name_;
  std::unique_ptr<Vfs> vfs_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::uint64_t generation_ = 1;
  bool full_ = false;
  bool lying_ = false;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t syncs_ = 0;
};

}  // namespace wayside::tests
