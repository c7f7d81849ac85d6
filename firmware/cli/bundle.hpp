// A .tar.gz of texts (POSIX.1-1988 ustar, RFC 1952), written as they come. Nothing stands under its name before it is
// complete: until finish() it is FILE.part, and it is removed when that never comes. One thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace wayside::cli {

class Bundle {
 public:
  // Errors (Errc::io): the file cannot be made. Readable by its owner only.
  [[nodiscard]] static base::Result<Bundle> create(std::string path);
  Bundle(Bundle&&) noexcept;
  Bundle& operator=(Bundle&&) = delete;
  ~Bundle();

  // `name`: inside of the bundle, at most 99 bytes. `when`: seconds since 1970.
  void add(const std::string& name, const std::string& text, std::int64_t when);
  // Errors (Errc::io): the disk did not take it.
  [[nodiscard]] base::Result<void> finish();

 private:
  struct File;
  explicit Bundle(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

}  // namespace wayside::cli
