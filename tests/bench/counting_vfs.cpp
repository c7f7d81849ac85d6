#include "bench/counting_vfs.hpp"

#include <sqlite3.h>

#include "bench/report.hpp"

namespace wayside::bench {
namespace {

// SQLite gives xOpen room for szOsFile bytes: ours in front, the system's behind it.
struct Handle {
  sqlite3_file base;
  [[nodiscard]] sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(Handle) % alignof(sqlite3_int64) == 0);

sqlite3_file* inner(sqlite3_file* file) { return reinterpret_cast<Handle*>(file)->inner(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *inner(file)->pMethods; }

int do_close(sqlite3_file* f) { return methods(f).xClose(inner(f)); }
int do_read(sqlite3_file* f, void* out, int n, sqlite3_int64 at) { return methods(f).xRead(inner(f), out, n, at); }
int do_write(sqlite3_file* f, const void* data, int n, sqlite3_int64 at) {
  CountingVfs::wrote(static_cast<std::uint64_t>(n));
  return methods(f).xWrite(inner(f), data, n, at);
}
int do_truncate(sqlite3_file* f, sqlite3_int64 size) { return methods(f).xTruncate(inner(f), size); }
int do_sync(sqlite3_file* f, int flags) {
  CountingVfs::synced();
  return methods(f).xSync(inner(f), flags);
}
int do_size(sqlite3_file* f, sqlite3_int64* size) { return methods(f).xFileSize(inner(f), size); }
int do_lock(sqlite3_file* f, int level) { return methods(f).xLock(inner(f), level); }
int do_unlock(sqlite3_file* f, int level) { return methods(f).xUnlock(inner(f), level); }
int do_check_lock(sqlite3_file* f, int* held) { return methods(f).xCheckReservedLock(inner(f), held); }
int do_control(sqlite3_file* f, int op, void* argument) { return methods(f).xFileControl(inner(f), op, argument); }
int do_sector_size(sqlite3_file* f) { return methods(f).xSectorSize(inner(f)); }
int do_characteristics(sqlite3_file* f) { return methods(f).xDeviceCharacteristics(inner(f)); }
int do_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return methods(f).xShmMap(inner(f), page, size, extend, out);
}
int do_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return methods(f).xShmLock(inner(f), offset, n, flags);
}
void do_shm_barrier(sqlite3_file* f) { methods(f).xShmBarrier(inner(f)); }
int do_shm_unmap(sqlite3_file* f, int remove) { return methods(f).xShmUnmap(inner(f), remove); }

// Version 2: without memory mapping, past which bytes could be written uncounted.
const sqlite3_io_methods kMethods{2,
                                  do_close,
                                  do_read,
                                  do_write,
                                  do_truncate,
                                  do_sync,
                                  do_size,
                                  do_lock,
                                  do_unlock,
                                  do_check_lock,
                                  do_control,
                                  do_sector_size,
                                  do_characteristics,
                                  do_shm_map,
                                  do_shm_lock,
                                  do_shm_barrier,
                                  do_shm_unmap,
                                  nullptr,
                                  nullptr};

int do_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* out, int flags, int* out_flags) {
  auto* system = static_cast<sqlite3_vfs*>(vfs->pAppData);
  out->pMethods = nullptr;
  const int code = system->xOpen(system, path, inner(out), flags, out_flags);
  if (code == SQLITE_OK) out->pMethods = &kMethods;
  return code;
}

sqlite3_vfs& vfs() {
  static sqlite3_vfs made{};
  return made;
}

}  // namespace

CountingVfs::CountingVfs() {
  auto* system = sqlite3_vfs_find(nullptr);
  if (system == nullptr) give_up("SQLite has no VFS");
  vfs() = *system;
  vfs().szOsFile = static_cast<int>(sizeof(Handle)) + system->szOsFile;
  vfs().zName = kName;
  vfs().pNext = nullptr;
  vfs().pAppData = system;
  vfs().xOpen = do_open;
  // The others take the VFS only for its pAppData, which the system's own do not read in these calls.
  if (sqlite3_vfs_register(&vfs(), 0) != SQLITE_OK) give_up("SQLite does not take a VFS");
}

CountingVfs::~CountingVfs() { sqlite3_vfs_unregister(&vfs()); }

}  // namespace wayside::bench
