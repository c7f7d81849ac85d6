#include "daemon/version_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace wayside::daemon {
namespace {

namespace fs = std::filesystem;

base::Error failed(const std::string& path, const char* what, int error) {
  return {error == ENOENT ? base::Errc::not_found : base::Errc::io, base::Consequence::retry_later,
          fmt::format("{}: {}: {}", path, what, std::strerror(error)), error};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

class Folder final : public VersionFiles {
 public:
  explicit Folder(std::string folder) : folder_(std::move(folder)) {}

  base::Result<void> make_folder() override {
    if (::mkdir(folder_.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return failed(folder_, "cannot be made", errno);
  }

  base::Result<base::Bytes> read(const std::string& name) override {
    const auto path = at(name);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return failed(path, "cannot be read", errno);
    base::Bytes out;
    base::Bytes part(std::size_t{64} << 10U);
    for (;;) {
      const auto got = ::read(file.get(), part.data(), part.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(path, "cannot be read", errno);
      if (got == 0) return out;
      out.insert(out.end(), part.begin(), part.begin() + got);
    }
  }

  base::Result<void> write_new(const std::string& name, base::ByteView bytes) override {
    const auto path = at(name);
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return failed(path, "cannot be written", errno);
    while (!bytes.empty()) {
      const auto put = ::write(file.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failed(path, "cannot be written", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  base::Result<void> sync(const std::string& name) override { return sync_path(at(name), O_RDONLY); }
  base::Result<void> sync_folder() override { return sync_path(folder_, O_RDONLY | O_DIRECTORY); }

  base::Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(at(from).c_str(), at(to).c_str()) == 0) return {};
    return failed(at(to), "cannot be put in place", errno);
  }

  base::Result<void> remove(const std::string& name) override {
    if (::unlink(at(name).c_str()) == 0 || errno == ENOENT) return {};
    return failed(at(name), "cannot be removed", errno);
  }

  std::vector<std::string> names() override {
    std::vector<std::string> out;
    std::error_code error;
    for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
      out.push_back(it->path().filename().string());
    }
    return out;
  }

 private:
  [[nodiscard]] std::string at(const std::string& name) const { return folder_ + "/" + name; }

  static base::Result<void> sync_path(const std::string& path, int flags) {
    const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
    if (file.get() < 0 || ::fsync(file.get()) != 0) return failed(path, "cannot be synced", errno);
    return {};
  }

  std::string folder_;
};

}  // namespace

std::unique_ptr<VersionFiles> version_files(std::string folder) { return std::make_unique<Folder>(std::move(folder)); }

base::Result<void> replace_file(VersionFiles& files, const std::string& name, base::ByteView bytes) {
  const auto fresh = name + ".new";
  auto done = files.write_new(fresh, bytes);
  if (done) done = files.sync(fresh);
  if (done) done = files.rename(fresh, name);
  if (done) done = files.sync_folder();
  return done;
}

}  // namespace wayside::daemon
