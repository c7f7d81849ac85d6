#include "support/crash_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "support/crash_files.hpp"

namespace wayside::tests {
namespace {

constexpr int kSector = 512;
using Call = CrashDisk::Call;
using Kind = DiskOp::Kind;

struct Handle {
  sqlite3_file base;  // first: SQLite knows only this
  CrashDisk* disk;
  int file;
  bool sync_names;     // like SQLite's own: the first sync of a log it made also syncs the folder
  const char* remove;  // of a temporary file
  std::uint64_t generation;
  [[nodiscard]] bool alive() const { return generation == disk->generation(); }
  [[nodiscard]] const base::Bytes& content() const { return disk->image().content(file); }
};

Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

int do_close(sqlite3_file* file) {
  auto& h = handle(file);
  if (h.remove != nullptr && h.alive()) h.disk->change({Kind::remove, 0, h.remove, {}, 0, {}});
  return SQLITE_OK;
}

int do_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  auto& h = handle(file);
  DiskTrouble trouble{};
  if (!h.alive() || h.disk->meets(Call::other, trouble)) return SQLITE_IOERR_READ;
  const auto& content = h.content();
  const auto start = static_cast<std::uint64_t>(offset);
  const auto wanted = static_cast<std::uint64_t>(amount);
  const auto there = start >= content.size() ? 0 : std::min<std::uint64_t>(wanted, content.size() - start);
  if (there > 0) std::memcpy(out, content.data() + start, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int do_write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  auto& h = handle(file);
  if (!h.alive()) return SQLITE_IOERR_WRITE;
  if (h.disk->is_full()) return SQLITE_FULL;
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  DiskOp op{Kind::write, h.file, {}, {}, static_cast<std::uint64_t>(offset), base::Bytes(bytes, bytes + amount)};
  DiskTrouble trouble{};
  const bool refused = h.disk->meets(Call::write, trouble);
  if (refused && trouble == DiskTrouble::short_write) {
    op.data.resize(op.data.size() / 2);
    h.disk->change(std::move(op));
  }
  if (refused) return trouble == DiskTrouble::io_error ? SQLITE_IOERR_WRITE : SQLITE_FULL;
  h.disk->change(std::move(op));
  return SQLITE_OK;
}

int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
  auto& h = handle(file);
  DiskTrouble trouble{};
  if (!h.alive() || h.disk->meets(Call::truncate, trouble)) return SQLITE_IOERR_TRUNCATE;
  h.disk->change({Kind::truncate, h.file, {}, {}, static_cast<std::uint64_t>(size), {}});
  return SQLITE_OK;
}

int do_sync(sqlite3_file* file, int /*flags*/) {
  auto& h = handle(file);
  if (!h.alive() || h.disk->is_full()) return SQLITE_IOERR_FSYNC;
  if (!h.disk->sync(h.file)) return SQLITE_IOERR_FSYNC;
  if (std::exchange(h.sync_names, false)) h.disk->change({Kind::sync_folder, 0, {}, {}, 0, {}});
  return SQLITE_OK;
}

int do_size(sqlite3_file* file, sqlite3_int64* size) {
  auto& h = handle(file);
  DiskTrouble trouble{};
  if (!h.alive() || h.disk->meets(Call::other, trouble)) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(h.content().size());
  return SQLITE_OK;
}

int do_lock(sqlite3_file* /*file*/, int /*level*/) { return SQLITE_OK; }
int do_check_lock(sqlite3_file* /*file*/, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int do_control(sqlite3_file* /*file*/, int /*op*/, void* /*argument*/) { return SQLITE_NOTFOUND; }
int do_sector_size(sqlite3_file* /*file*/) { return kSector; }
int do_characteristics(sqlite3_file* /*file*/) { return 0; }

const sqlite3_io_methods kMethods{
    1,       do_close,      do_read,    do_write,       do_truncate,        do_sync, do_size, do_lock,
    do_lock, do_check_lock, do_control, do_sector_size, do_characteristics, nullptr, nullptr, nullptr,
    nullptr, nullptr,       nullptr};

CrashDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<CrashDisk*>(vfs->pAppData); }

int do_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* out, int flags, int* out_flags) {
  auto& disk = disk_of(vfs);
  auto& h = *reinterpret_cast<Handle*>(out);
  h = Handle{};
  static std::atomic<int> temporary{0};
  const std::string name = path != nullptr ? path : "temporary-" + std::to_string(temporary++);
  h.file = disk.image().find(name);
  const bool creates = h.file == 0 && ((flags & SQLITE_OPEN_CREATE) != 0 || path == nullptr);
  DiskTrouble trouble{};
  if (disk.meets(creates ? Call::make : Call::other, trouble)) return SQLITE_CANTOPEN;
  if (creates && disk.is_full()) return SQLITE_CANTOPEN;
  if (creates) h.file = disk.make(name);
  if (h.file == 0) return SQLITE_CANTOPEN;
  h.base.pMethods = &kMethods;
  h.disk = &disk;
  h.sync_names = creates && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) h.remove = path;  // without a name it goes with the disk
  h.generation = disk.generation();
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int do_delete(sqlite3_vfs* vfs, const char* path, int sync_names) {
  auto& disk = disk_of(vfs);
  DiskTrouble trouble{};
  if (disk.meets(Call::other, trouble)) return SQLITE_IOERR_DELETE;
  if (disk.image().find(path) == 0) return SQLITE_IOERR_DELETE_NOENT;
  disk.change({Kind::remove, 0, path, {}, 0, {}});
  if (sync_names != 0) disk.change({Kind::sync_folder, 0, {}, {}, 0, {}});
  return SQLITE_OK;
}

int do_access(sqlite3_vfs* vfs, const char* path, int /*flags*/, int* result) {
  auto& disk = disk_of(vfs);
  DiskTrouble trouble{};
  if (disk.meets(Call::other, trouble)) return SQLITE_IOERR_ACCESS;
  const int file = disk.image().find(path);
  // As SQLite's own: an empty file counts as none.
  *result = file != 0 && !disk.image().content(file).empty() ? 1 : 0;
  return SQLITE_OK;
}

int do_full_path(sqlite3_vfs* /*vfs*/, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

// Time and chance must not come from the machine: a run is repeated from its seed.
int do_randomness(sqlite3_vfs* /*vfs*/, int size, char* out) {
  std::memset(out, 0x5A, static_cast<std::size_t>(size));
  return size;
}
int do_sleep(sqlite3_vfs* /*vfs*/, int microseconds) { return microseconds; }
int do_time(sqlite3_vfs* /*vfs*/, double* days) {
  *days = 2460000.5;
  return SQLITE_OK;
}
int do_time_ms(sqlite3_vfs* /*vfs*/, sqlite3_int64* ms) {
  *ms = 212544000000000;
  return SQLITE_OK;
}
int do_last_error(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*out*/) { return 0; }

}  // namespace

struct CrashDisk::Vfs {
  sqlite3_vfs vfs{};
};

CrashDisk::CrashDisk(DiskImage image)
    : vfs_(std::make_unique<Vfs>()), files_(make_crash_files(*this)), image_(std::move(image)) {
  static std::atomic<int> count{0};
  name_ = "wayside-crash-" + std::to_string(count++);
  auto& vfs = vfs_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(Handle));
  vfs.mxPathname = 512;
  vfs.zName = name_.c_str();
  vfs.pAppData = this;
  vfs.xOpen = do_open;
  vfs.xDelete = do_delete;
  vfs.xAccess = do_access;
  vfs.xFullPathname = do_full_path;
  vfs.xRandomness = do_randomness;
  vfs.xSleep = do_sleep;
  vfs.xCurrentTime = do_time;
  vfs.xGetLastError = do_last_error;
  vfs.xCurrentTimeInt64 = do_time_ms;
  WAYSIDE_ASSERT(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

CrashDisk::~CrashDisk() { sqlite3_vfs_unregister(&vfs_->vfs); }

void CrashDisk::crash(base::Random& random, DiskImage::Fate fate) {
  ++generation_;
  image_ = image_.crashed(fate, random);
}

void CrashDisk::refuse(DiskTrouble trouble, std::uint64_t after, std::uint64_t times) {
  trouble_ = trouble;
  until_trouble_ = after;
  trouble_left_ = times;
  refused_ = 0;
}

bool CrashDisk::meets(Call call, DiskTrouble& trouble) {
  if (trouble_left_ == 0) return false;
  switch (trouble_) {
    case DiskTrouble::no_space:
    case DiskTrouble::short_write:
      if (call != Call::write && call != Call::make) return false;
      break;
    case DiskTrouble::bad_sync:
      if (call != Call::sync) return false;
      break;
    case DiskTrouble::io_error: break;
  }
  if (until_trouble_ > 0) {
    --until_trouble_;
    return false;
  }
  --trouble_left_;
  ++refused_;
  trouble = trouble_;
  return true;
}

void CrashDisk::change(DiskOp op) {
  if (op.kind == DiskOp::Kind::write) bytes_written_ += op.data.size();
  image_.apply(op);
  if (story_ != nullptr) story_->push_back(std::move(op));
}

int CrashDisk::make(const std::string& path) {
  if (const int there = image_.find(path); there != 0) return there;
  const int file = image_.next_file();
  change({Kind::create, file, path, {}, 0, {}});
  return file;
}

bool CrashDisk::sync(int file) {
  DiskTrouble trouble{};
  if (meets(Call::sync, trouble)) {
    change({Kind::sync_failed, file, {}, {}, refused_ * 977 + bytes_written_, {}});
    return false;
  }
  ++syncs_;
  if (!lying_) change({Kind::sync, file, {}, {}, 0, {}});
  return true;
}

}  // namespace wayside::tests
