#include "cli/bundle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"

namespace wayside::cli {
namespace {

namespace io = google::protobuf::io;

constexpr std::size_t kBlock = 512;  // of a tar file

base::Error failed(const std::string& path, int code) {
  return {base::Errc::io, base::Consequence::fatal, fmt::format("cannot write {}: {}", path, std::strerror(code)),
          code};
}

// The header of one file: IEEE Std 1003.1, pax, "ustar Interchange Format".
std::array<char, kBlock> header(const std::string& name, std::size_t size, std::int64_t when) {
  std::array<char, kBlock> out{};
  const auto put = [&out](std::size_t at, const std::string& text) { std::memcpy(&out[at], text.data(), text.size()); };
  put(0, name.substr(0, 99));
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", size));
  put(136, fmt::format("{:011o}", std::max<std::int64_t>(when, 0)));
  put(148, "        ");
  out[156] = '0';
  put(257, "ustar");
  put(263, "00");
  unsigned sum = 0;
  for (const char c : out) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum));
  out[154] = '\0';
  return out;
}

}  // namespace

struct Bundle::File {
  std::string path;
  base::UniqueFd fd;
  std::unique_ptr<io::FileOutputStream> out;
  std::unique_ptr<io::GzipOutputStream> gzip;
  bool failed = false;

  [[nodiscard]] std::string part() const { return path + ".part"; }
  void write(const char* bytes, std::size_t size) {
    while (size > 0 && !failed) {
      void* room = nullptr;
      int most = 0;
      if (!gzip->Next(&room, &most)) {
        failed = true;
        return;
      }
      const auto taken = std::min(size, static_cast<std::size_t>(most));
      std::memcpy(room, bytes, taken);
      gzip->BackUp(most - static_cast<int>(taken));
      bytes += taken;
      size -= taken;
    }
  }
};

Bundle::Bundle(std::unique_ptr<File> file) : file_(std::move(file)) {}
Bundle::Bundle(Bundle&&) noexcept = default;

Bundle::~Bundle() {
  if (!file_) return;
  file_->gzip.reset();
  file_->out.reset();
  ::unlink(file_->part().c_str());
}

base::Result<Bundle> Bundle::create(std::string path) {
  auto file = std::make_unique<File>();
  file->path = std::move(path);
  file->fd = base::UniqueFd(::open(file->part().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file->fd) return failed(file->part(), errno);
  file->out = std::make_unique<io::FileOutputStream>(file->fd.get());
  file->gzip = std::make_unique<io::GzipOutputStream>(file->out.get());
  return Bundle(std::move(file));
}

void Bundle::add(const std::string& name, const std::string& text, std::int64_t when) {
  const auto head = header(name, text.size(), when);
  file_->write(head.data(), head.size());
  file_->write(text.data(), text.size());
  const std::array<char, kBlock> zeros{};
  if (const auto rest = text.size() % kBlock; rest > 0) file_->write(zeros.data(), kBlock - rest);
}

base::Result<void> Bundle::finish() {
  const std::array<char, 2 * kBlock> end{};  // two empty blocks
  file_->write(end.data(), end.size());
  const bool good = file_->gzip->Close() && !file_->failed && file_->out->Flush();
  const int code = file_->out->GetErrno();
  if (!good) return failed(file_->path, code != 0 ? code : EIO);
  if (::fsync(file_->fd.get()) != 0 || ::rename(file_->part().c_str(), file_->path.c_str()) != 0) {
    return failed(file_->path, errno);
  }
  file_->gzip.reset();
  file_->out.reset();
  file_.reset();
  return {};
}

}  // namespace wayside::cli
