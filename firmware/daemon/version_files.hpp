// The few steps on a folder that keeping versions needs, each one that a power cut can fall between. Synchronous; one
// thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace wayside::daemon {

class VersionFiles {
 public:
  virtual ~VersionFiles() = default;
  // Errors of all: Errc::io, with a sentence that names the path.
  // Makes the folder where it is missing; only its owner may look into it.
  [[nodiscard]] virtual base::Result<void> make_folder() = 0;
  // Errors: not_found too.
  [[nodiscard]] virtual base::Result<base::Bytes> read(const std::string& name) = 0;
  // Replaces what has that name; not durable yet.
  [[nodiscard]] virtual base::Result<void> write_new(const std::string& name, base::ByteView bytes) = 0;
  [[nodiscard]] virtual base::Result<void> sync(const std::string& name) = 0;
  [[nodiscard]] virtual base::Result<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual base::Result<void> sync_folder() = 0;
  [[nodiscard]] virtual base::Result<void> remove(const std::string& name) = 0;
  [[nodiscard]] virtual std::vector<std::string> names() = 0;
};

[[nodiscard]] std::unique_ptr<VersionFiles> version_files(std::string folder);

// Write new, sync, rename, sync the folder: after a power cut the old is there whole, or the new.
[[nodiscard]] base::Result<void> replace_file(VersionFiles& files, const std::string& name, base::ByteView bytes);

}  // namespace wayside::daemon
