#include "support/crash_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "base/assert.hpp"

namespace wayside::tests {
namespace {

constexpr std::uint64_t kSector = 512;

struct Handle {
  sqlite3_file base;  // first: SQLite knows only this
  CrashDisk* disk;
  std::shared_ptr<CrashDisk::File> file;
  std::uint64_t generation;
  [[nodiscard]] bool alive() const { return generation == disk->generation(); }
};

Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

void apply_write(base::Bytes& content, const CrashDisk::Write& write) {
  if (write.truncates) {
    content.resize(std::min<std::uint64_t>(content.size(), write.offset));
    return;
  }
  if (content.size() < write.offset + write.data.size()) content.resize(write.offset + write.data.size());
  std::copy(write.data.begin(), write.data.end(), content.begin() + static_cast<std::ptrdiff_t>(write.offset));
}

int do_close(sqlite3_file* file) {
  handle(file).~Handle();
  return SQLITE_OK;
}

int do_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  auto& h = handle(file);
  if (!h.alive()) return SQLITE_IOERR_READ;
  const auto& content = h.file->now;
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
  CrashDisk::Write write{static_cast<std::uint64_t>(offset), base::Bytes(bytes, bytes + amount), false};
  apply_write(h.file->now, write);
  h.file->pending.push_back(std::move(write));
  h.disk->count_write(static_cast<std::uint64_t>(amount));
  return SQLITE_OK;
}

int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
  auto& h = handle(file);
  if (!h.alive()) return SQLITE_IOERR_TRUNCATE;
  CrashDisk::Write write{static_cast<std::uint64_t>(size), {}, true};
  apply_write(h.file->now, write);
  h.file->pending.push_back(std::move(write));
  return SQLITE_OK;
}

int do_sync(sqlite3_file* file, int /*flags*/) {
  auto& h = handle(file);
  if (!h.alive()) return SQLITE_IOERR_FSYNC;
  if (h.disk->is_full()) return SQLITE_IOERR_FSYNC;
  if (h.disk->is_lying()) return SQLITE_OK;
  for (const auto& write : h.file->pending) apply_write(h.file->synced, write);
  h.file->pending.clear();
  h.disk->count_sync();
  return SQLITE_OK;
}

int do_size(sqlite3_file* file, sqlite3_int64* size) {
  auto& h = handle(file);
  if (!h.alive()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(h.file->now.size());
  return SQLITE_OK;
}

int do_lock(sqlite3_file* /*file*/, int /*level*/) { return SQLITE_OK; }
int do_check_lock(sqlite3_file* /*file*/, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int do_control(sqlite3_file* /*file*/, int /*op*/, void* /*argument*/) { return SQLITE_NOTFOUND; }
int do_sector_size(sqlite3_file* /*file*/) { return static_cast<int>(kSector); }
int do_characteristics(sqlite3_file* /*file*/) { return 0; }

const sqlite3_io_methods kMethods{
    1,       do_close,      do_read,    do_write,       do_truncate,        do_sync, do_size, do_lock,
    do_lock, do_check_lock, do_control, do_sector_size, do_characteristics, nullptr, nullptr, nullptr,
    nullptr, nullptr,       nullptr};

CrashDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<CrashDisk*>(vfs->pAppData); }

int do_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* out, int flags, int* out_flags) {
  auto& disk = disk_of(vfs);
  auto* h = ::new (static_cast<void*>(out)) Handle{};
  h->base.pMethods = nullptr;
  static std::atomic<int> temporary{0};
  const std::string name = path != nullptr ? path : "temporary-" + std::to_string(temporary++);
  h->disk = &disk;
  h->file = disk.open(name, (flags & SQLITE_OPEN_CREATE) != 0 || path == nullptr);
  h->generation = disk.generation();
  if (!h->file) return SQLITE_CANTOPEN;
  h->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int do_delete(sqlite3_vfs* vfs, const char* path, int /*sync_directory*/) {
  disk_of(vfs).remove(path);
  return SQLITE_OK;
}

int do_access(sqlite3_vfs* vfs, const char* path, int /*flags*/, int* result) {
  *result = disk_of(vfs).exists(path) ? 1 : 0;
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

CrashDisk::CrashDisk() : vfs_(std::make_unique<Vfs>()) {
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

std::shared_ptr<CrashDisk::File> CrashDisk::open(const std::string& path, bool create) {
  const auto found = files_.find(path);
  if (found != files_.end()) return found->second;
  if (!create) return nullptr;
  return files_[path] = std::make_shared<File>();
}

void CrashDisk::crash(base::Random& random) {
  ++generation_;
  for (auto& [path, file] : files_) {
    auto after = std::make_shared<File>();
    after->synced = file->synced;
    for (auto& write : file->pending) {
      const auto fate = random.below(3);  // kept, lost, torn
      if (fate == 1) continue;
      if (fate == 2 && !write.truncates && write.data.size() > kSector) {
        write.data.resize(kSector * (1 + random.below(write.data.size() / kSector)));
      }
      apply_write(after->synced, write);
    }
    after->now = after->synced;
    file = std::move(after);
  }
}

}  // namespace wayside::tests
