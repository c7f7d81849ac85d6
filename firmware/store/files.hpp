// The few things the store does to whole files, beside what SQLite does: moving a database aside, putting a new one in
// its place. A seam like SQLite's VFS, so that a test can cut the power between any two of them. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace wayside::store {

struct FileInfo {
  std::string path;
  std::uint64_t bytes = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  // Takes the place of what is there. Durable only after sync_folder(). Errors: Errc::not_found, Errc::denied,
  // Errc::full, Errc::io.
  [[nodiscard]] virtual base::Result<void> rename(const std::string& from, const std::string& to) = 0;
  // Nothing to remove is no error.
  [[nodiscard]] virtual base::Result<void> remove(const std::string& path) = 0;
  // Makes what happened to the names in the folder of `path` durable.
  [[nodiscard]] virtual base::Result<void> sync_folder(const std::string& path) = 0;
  [[nodiscard]] virtual base::Result<base::Bytes> read(const std::string& path, std::size_t most) = 0;
  [[nodiscard]] virtual base::Result<void> copy(const std::string& from, const std::string& to) = 0;
  // Writes over the start of a file, which is made if it is not there, and syncs it.
  [[nodiscard]] virtual base::Result<void> write(const std::string& path, base::ByteView start) = 0;
  // Writes behind the end of a file, which is made if it is not there, and syncs it.
  [[nodiscard]] virtual base::Result<void> append(const std::string& path, base::ByteView more) = 0;
  // Writes the same bytes again and syncs them: after a failed sync the kernel believes that what it holds is written.
  // Nothing there is no error.
  [[nodiscard]] virtual base::Result<void> write_again(const std::string& path) = 0;
  // Files whose path begins with `prefix`, ascending by path.
  [[nodiscard]] virtual std::vector<FileInfo> list(const std::string& prefix) = 0;
  // What the file system of `path` has left for us.
  [[nodiscard]] virtual base::Result<std::uint64_t> free_bytes(const std::string& path) = 0;
  // When it was last written, UTC, as "20261130T151032Z"; empty where that is not known.
  [[nodiscard]] virtual std::string written_at(const std::string& path) = 0;
};

// Those of the operating system.
[[nodiscard]] Files& system_files();

}  // namespace wayside::store
