#include "support/crash_files.hpp"

#include <algorithm>

#include "support/crash_vfs.hpp"

namespace wayside::tests {
namespace {

using Call = CrashDisk::Call;
using Kind = DiskOp::Kind;

class CrashFiles final : public store::Files {
 public:
  explicit CrashFiles(CrashDisk& disk) : disk_(disk) {}

  bool exists(const std::string& path) override { return disk_.image().find(path) != 0; }

  base::Result<void> rename(const std::string& from, const std::string& to) override {
    if (auto refused = ask(Call::other); !refused) return refused;
    if (!exists(from)) return base::Error{base::Errc::not_found, base::Consequence::retry_later, from};
    disk_.change({Kind::rename, 0, from, to, 0, {}});
    return {};
  }

  base::Result<void> remove(const std::string& path) override {
    if (auto refused = ask(Call::other); !refused) return refused;
    if (exists(path)) disk_.change({Kind::remove, 0, path, {}, 0, {}});
    return {};
  }

  base::Result<void> sync_folder(const std::string& /*path*/) override {
    if (auto refused = ask(Call::other); !refused) return refused;
    disk_.change({Kind::sync_folder, 0, {}, {}, 0, {}});
    return {};
  }

  base::Result<base::Bytes> read(const std::string& path, std::size_t most) override {
    if (auto refused = ask(Call::other); !refused) return refused.error();
    base::Bytes out = disk_.image().content(disk_.image().find(path));
    out.resize(std::min(out.size(), most));
    return out;
  }

  base::Result<void> copy(const std::string& from, const std::string& to) override {
    if (auto refused = ask(Call::make); !refused) return refused;
    base::Bytes content = disk_.image().content(disk_.image().find(from));
    const int file = disk_.make(to);
    disk_.change({Kind::truncate, file, {}, {}, 0, {}});
    disk_.change({Kind::write, file, {}, {}, 0, std::move(content)});
    return {};
  }

  base::Result<void> write(const std::string& path, base::ByteView start) override {
    if (auto refused = ask(Call::make); !refused) return refused;
    const int file = disk_.make(path);
    disk_.change({Kind::write, file, {}, {}, 0, base::Bytes(start.begin(), start.end())});
    return sync(file);
  }

  base::Result<void> append(const std::string& path, base::ByteView more) override {
    if (disk_.is_full()) return base::Error{base::Errc::full, base::Consequence::retry_later, "the disk is full"};
    if (auto refused = ask(Call::make); !refused) return refused;
    int file = disk_.image().find(path);
    if (file == 0) file = disk_.make(path);
    const auto end = disk_.image().content(file).size();
    disk_.change({Kind::write, file, {}, {}, end, base::Bytes(more.begin(), more.end())});
    return sync(file);
  }

  base::Result<void> write_again(const std::string& path) override {
    const int file = disk_.image().find(path);
    if (file == 0) return {};
    if (auto refused = ask(Call::write); !refused) return refused;
    disk_.change({Kind::write, file, {}, {}, 0, disk_.image().content(file)});
    return sync(file);
  }

  std::vector<store::FileInfo> list(const std::string& prefix) override {
    std::vector<store::FileInfo> out;
    for (const auto& [path, file] : disk_.image().folder()) {
      if (path.starts_with(prefix)) out.push_back({path, disk_.image().content(file).size()});
    }
    return out;
  }

  base::Result<std::uint64_t> free_bytes(const std::string& /*path*/) override { return disk_.free_bytes(); }

  std::string written_at(const std::string& /*path*/) override { return "20260301T000000Z"; }

 private:
  base::Result<void> sync(int file) {
    if (!disk_.sync(file)) return base::Error{base::Errc::io, base::Consequence::retry_later, "the disk does not sync"};
    return {};
  }
  base::Result<void> ask(Call call) {
    DiskTrouble trouble{};
    if (!disk_.meets(call, trouble)) return {};
    const auto code = trouble == DiskTrouble::io_error ? base::Errc::io : base::Errc::full;
    return base::Error{code, base::Consequence::retry_later, "the disk refuses"};
  }

  CrashDisk& disk_;
};

}  // namespace

std::unique_ptr<store::Files> make_crash_files(CrashDisk& disk) { return std::make_unique<CrashFiles>(disk); }

}  // namespace wayside::tests
