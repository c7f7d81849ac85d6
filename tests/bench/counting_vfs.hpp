// The system's SQLite VFS with every byte counted that SQLite hands it to write: database, log, journals. The shared
// memory beside a log is no file of the disk and is not counted. One at a time; it must outlive what is opened on it.
#pragma once

#include <atomic>
#include <cstdint>

namespace wayside::bench {

class CountingVfs {
 public:
  static constexpr const char* kName = "wayside-counting";

  CountingVfs();
  ~CountingVfs();
  CountingVfs(const CountingVfs&) = delete;
  CountingVfs& operator=(const CountingVfs&) = delete;

  [[nodiscard]] static std::uint64_t bytes() { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] static std::uint64_t syncs() { return syncs_.load(std::memory_order_relaxed); }
  static void wrote(std::uint64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  static void synced() { syncs_.fetch_add(1, std::memory_order_relaxed); }

 private:
  static inline std::atomic<std::uint64_t> bytes_{0};
  static inline std::atomic<std::uint64_t> syncs_{0};
};

}  // namespace wayside::bench
