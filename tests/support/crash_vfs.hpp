// A disk in memory for SQLite and for the store's own work on files. It can lose power (what was synced stays, see
// DiskImage for the rest), record everything that is done to it so that the power can be cut afterwards at every point
// of the story, and refuse any call in turn. A VFS without shared memory: use it with
// Database::Options{.vfs = name(), .exclusive = true, .files = &files()}. One thread. Unregisters itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "store/files.hpp"
#include "support/disk_image.hpp"

namespace wayside::tests {

// What a refused call looks like.
enum class DiskTrouble : std::uint8_t {
  no_space,     // a write, or a file to be made: ENOSPC, nothing written
  short_write,  // half of it is written, then ENOSPC
  io_error,     // any call: EIO
  bad_sync,     // a sync fails, and what waited is never written by a later one
};

class CrashDisk {
 public:
  CrashDisk() : CrashDisk(DiskImage{}) {}
  explicit CrashDisk(DiskImage image);  // registers the VFS under name()
  ~CrashDisk();
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] store::Files& files() { return *files_; }

  // The power goes: every open handle fails from now on, and the files become what a disk may hold afterwards.
  void crash(base::Random& random, DiskImage::Fate fate = DiskImage::Fate::by_chance);
  // While true every write and sync fails with SQLITE_FULL / SQLITE_IOERR.
  void set_full(bool full) { full_ = full; }
  // How much room the disk says it has.
  void set_free(std::uint64_t bytes) { free_bytes_ = bytes; }
  [[nodiscard]] std::uint64_t free_bytes() const { return free_bytes_; }
  // A disk that says "synced" and keeps nothing: the negative control of every test that loses power.
  void set_lying(bool lying) { lying_ = lying; }

  // From now on each change is noted; `story` must outlive the recording. Null ends it.
  void record(std::vector<DiskOp>* story) { story_ = story; }
  [[nodiscard]] const DiskImage& image() const { return image_; }
  [[nodiscard]] DiskImage& image() { return image_; }

  // Of the calls that `trouble` can meet, the next `after` go well and the `times` after them fail.
  void refuse(DiskTrouble trouble, std::uint64_t after, std::uint64_t times);
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

  // For the callbacks of the VFS and the Files.
  enum class Call : std::uint8_t { make, write, truncate, sync, other };
  // Whether the call must fail, and how.
  [[nodiscard]] bool meets(Call call, DiskTrouble& trouble);
  void change(DiskOp op);
  int make(const std::string& path);
  [[nodiscard]] bool sync(int file);
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] bool is_full() const { return full_; }

 private:
  struct Vfs;
  std::string name_;
  std::unique_ptr<Vfs> vfs_;
  std::unique_ptr<store::Files> files_;
  DiskImage image_;
  std::vector<DiskOp>* story_ = nullptr;
  std::uint64_t generation_ = 1;
  bool full_ = false;
  std::uint64_t free_bytes_ = std::uint64_t{1} << 40U;
  bool lying_ = false;
  DiskTrouble trouble_ = DiskTrouble::io_error;
  std::uint64_t until_trouble_ = 0;
  std::uint64_t trouble_left_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t syncs_ = 0;
};

}  // namespace wayside::tests
