// Where configuration files are read from: the disk, or a set of files kept together as they once were (a version of
// the configuration). Also notes what was read, so that such a set can be made. Synchronous; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace wayside::config {

enum class FileKind : std::uint8_t { missing, file, folder, other };

class Files {
 public:
  virtual ~Files() = default;

  [[nodiscard]] virtual FileKind kind(const std::string& path) const = 0;
  // Errors: a sentence without the path.
  [[nodiscard]] virtual base::Result<std::string> read(const std::string& path) const = 0;
  // The paths of the files in a folder, not of those in folders inside; sorted. Errors: a sentence.
  [[nodiscard]] virtual base::Result<std::vector<std::string>> list(const std::string& folder) const = 0;
  // Two paths of one file have one of these.
  [[nodiscard]] virtual std::string canonical(const std::string& path) const = 0;
};

// Of the machine. A file is read up to four megabytes.
[[nodiscard]] const Files& disk();

// Text by absolute path.
using FileTexts = std::map<std::string, std::string>;

// Another's files; keeps the text of all that is read. `from` must outlive it.
class NotedFiles final : public Files {
 public:
  explicit NotedFiles(const Files& from) : from_(from) {}
  [[nodiscard]] FileKind kind(const std::string& path) const override { return from_.kind(path); }
  [[nodiscard]] base::Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] base::Result<std::vector<std::string>> list(const std::string& folder) const override {
    return from_.list(folder);
  }
  [[nodiscard]] std::string canonical(const std::string& path) const override { return from_.canonical(path); }
  [[nodiscard]] const FileTexts& read_so_far() const { return texts_; }

 private:
  const Files& from_;
  mutable FileTexts texts_;
};

// A set of files; the disk is not looked at.
class KeptFiles final : public Files {
 public:
  explicit KeptFiles(FileTexts texts);
  [[nodiscard]] FileKind kind(const std::string& path) const override;
  [[nodiscard]] base::Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] base::Result<std::vector<std::string>> list(const std::string& folder) const override;
  [[nodiscard]] std::string canonical(const std::string& path) const override;

 private:
  FileTexts texts_;
};

// Files that stand over others: what is not among the first is looked for in the second. Both must outlive it.
class OverlaidFiles final : public Files {
 public:
  OverlaidFiles(const Files& over, const Files& under) : over_(over), under_(under) {}
  [[nodiscard]] FileKind kind(const std::string& path) const override {
    const auto kind = over_.kind(path);
    return kind == FileKind::missing ? under_.kind(path) : kind;
  }
  [[nodiscard]] base::Result<std::string> read(const std::string& path) const override {
    return over_.kind(path) == FileKind::file ? over_.read(path) : under_.read(path);
  }
  [[nodiscard]] base::Result<std::vector<std::string>> list(const std::string& folder) const override;
  [[nodiscard]] std::string canonical(const std::string& path) const override {
    return over_.kind(path) == FileKind::missing ? under_.canonical(path) : over_.canonical(path);
  }

 private:
  const Files& over_;
  const Files& under_;
};

// Absolute, without "." and "..".
[[nodiscard]] std::string plain_path(const std::string& path);

}  // namespace wayside::config
