#include "store/files.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/unique_fd.hpp"

namespace wayside::store {
namespace {

namespace fs = std::filesystem;

base::Error to_error(int code, std::string_view doing, const std::string& path) {
  using base::Consequence;
  using base::Errc;
  const auto what = fmt::format("{} {}: {}", doing, path, std::generic_category().message(code));
  switch (code) {
    case ENOENT: return {Errc::not_found, Consequence::retry_later, what, code};
    case EACCES:
    case EPERM:
    case EROFS: return {Errc::denied, Consequence::retry_later, what, code};
    case ENOSPC:
    case EDQUOT: return {Errc::full, Consequence::retry_later, what, code};
    default: return {Errc::io, Consequence::retry_later, what, code};
  }
}

base::Result<void> outcome(const std::error_code& code, std::string_view doing, const std::string& path) {
  if (code) return to_error(code.value(), doing, path);
  return {};
}

base::Result<base::UniqueFd> open_file(const std::string& path, int flags, std::string_view doing) {
  base::UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0640));
  if (!fd) return to_error(errno, doing, path);
  return fd;
}

class SystemFiles final : public Files {
 public:
  bool exists(const std::string& path) override {
    std::error_code ignored;
    return fs::exists(path, ignored);
  }

  base::Result<void> rename(const std::string& from, const std::string& to) override {
    std::error_code code;
    fs::rename(from, to, code);
    return outcome(code, "moving", from);
  }

  base::Result<void> remove(const std::string& path) override {
    std::error_code code;
    fs::remove(path, code);
    return outcome(code, "removing", path);
  }

  base::Result<void> sync_folder(const std::string& path) override {
    const auto parent = fs::path(path).parent_path();
    auto fd = open_file(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY, "opening");
    if (!fd) return fd.error();
    if (::fsync(fd->get()) != 0) return to_error(errno, "syncing the folder of", path);
    return {};
  }

  base::Result<base::Bytes> read(const std::string& path, std::size_t most) override {
    auto fd = open_file(path, O_RDONLY, "reading");
    if (!fd) return fd.error();
    base::Bytes out(most);
    const auto got = ::pread(fd->get(), out.data(), out.size(), 0);
    if (got < 0) return to_error(errno, "reading", path);
    out.resize(static_cast<std::size_t>(got));
    return out;
  }

  base::Result<void> copy(const std::string& from, const std::string& to) override {
    std::error_code code;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, code);
    return outcome(code, "copying", from);
  }

  base::Result<void> write(const std::string& path, base::ByteView start) override {
    auto fd = open_file(path, O_WRONLY | O_CREAT, "writing");
    if (!fd) return fd.error();
    if (auto done = write_all(fd->get(), start, 0, path); !done) return done;
    if (::fsync(fd->get()) != 0) return to_error(errno, "syncing", path);
    return {};
  }

  base::Result<void> append(const std::string& path, base::ByteView more) override {
    auto fd = open_file(path, O_WRONLY | O_CREAT, "writing");
    if (!fd) return fd.error();
    const auto end = ::lseek(fd->get(), 0, SEEK_END);
    if (end < 0) return to_error(errno, "writing", path);
    if (auto done = write_all(fd->get(), more, end, path); !done) return done;
    if (::fsync(fd->get()) != 0) return to_error(errno, "syncing", path);
    return {};
  }

  base::Result<void> write_again(const std::string& path) override {
    auto fd = open_file(path, O_RDWR, "writing again");
    if (!fd) return fd.error().code == base::Errc::not_found ? base::Result<void>{} : fd.error();
    std::array<std::uint8_t, 64 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by pread
    for (off_t at = 0;;) {
      const auto got = ::pread(fd->get(), buffer.data(), buffer.size(), at);
      if (got < 0) return to_error(errno, "reading", path);
      if (got == 0) break;
      const base::ByteView piece(buffer.data(), static_cast<std::size_t>(got));
      if (auto done = write_all(fd->get(), piece, at, path); !done) return done;
      at += got;
    }
    if (::fsync(fd->get()) != 0) return to_error(errno, "syncing", path);
    return {};
  }

  std::vector<FileInfo> list(const std::string& prefix) override {
    std::vector<FileInfo> out;
    std::error_code code;
    const auto parent = fs::path(prefix).parent_path();
    for (fs::directory_iterator at(parent.empty() ? "." : parent, code), end; !code && at != end; at.increment(code)) {
      std::string path = parent.empty() ? at->path().filename().string() : at->path().string();
      if (!path.starts_with(prefix)) continue;
      std::error_code unknown;
      const auto bytes = fs::file_size(path, unknown);
      out.push_back({std::move(path), unknown ? 0 : bytes});
    }
    std::ranges::sort(out, {}, &FileInfo::path);
    return out;
  }

  base::Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs status {};
    const auto parent = fs::path(path).parent_path();
    if (::statvfs(parent.empty() ? "." : parent.c_str(), &status) != 0) return to_error(errno, "asking about", path);
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  }

  std::string written_at(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(status.st_mtime));
  }

 private:
  static base::Result<void> write_all(int fd, base::ByteView data, off_t at, const std::string& path) {
    while (!data.empty()) {
      const auto put = ::pwrite(fd, data.data(), data.size(), at);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return to_error(put < 0 ? errno : ENOSPC, "writing", path);
      data = data.subspan(static_cast<std::size_t>(put));
      at += put;
    }
    return {};
  }
};

}  // namespace

Files& system_files() {
  static SystemFiles files;
  return files;
}

}  // namespace wayside::store
