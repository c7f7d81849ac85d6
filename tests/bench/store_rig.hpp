// What the store benchmarks share: a folder on the disk, the store with the threads that the daemon gives it, chunks
// that do not compress (as bodies are compressed already), and the plain log that is the ceiling.
//
// The folder is made under TMPDIR (default /tmp): the figures are those of its disk.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/unique_fd.hpp"
#include "bench/harness.hpp"
#include "store/sqlite_outbox.hpp"

namespace wayside::bench {

inline constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
inline constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};

// Removed with all in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

[[nodiscard]] ports::ChunkDraft make_chunk(model::Stream stream, std::size_t bytes, std::uint32_t events,
                                           base::Random& random);

// The store as the daemon runs it: core, the writer and the reader, a thread each.
class StoreRig {
 public:
  explicit StoreRig(const std::string& path, const std::string& vfs = "", const store::Bounds& bounds = {});
  ~StoreRig();
  StoreRig(const StoreRig&) = delete;
  StoreRig& operator=(const StoreRig&) = delete;

  [[nodiscard]] store::SqliteOutbox& outbox() { return *outbox_; }
  [[nodiscard]] base::Scheduler& core() { return core_.scheduler(); }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }
  // Runs `start` on core and waits until what it was given has been called.
  void run(const std::function<void(std::function<void()> done)>& start);
  // `count` commits, one under way at a time as the recorder does it; each made by `make`.
  void commit_one_by_one(std::size_t count, const std::function<ports::Commit()>& make,
                         const std::function<void(const std::vector<ports::StoredKey>&)>& committed);
  // Commits until the seconds are over; how many.
  std::size_t commit_for(double seconds, const std::function<ports::Commit()>& make);

 private:
  daemon::SystemClock clock_{config::ClockTrust::rtc};
  base::SystemRandom random_;
  Loop core_{clock_};
  Loop writer_{clock_};
  Loop reader_{clock_};
  std::unique_ptr<store::SqliteOutbox> outbox_;
};

// A file to which whole groups are appended, each synced.
class PlainLog {
 public:
  explicit PlainLog(const std::string& path, std::size_t preallocated = 0);
  // At the end, or over what stands at `at`.
  void append(base::ByteView bytes);
  void write_at(base::ByteView bytes, std::size_t at);

 private:
  void sync();
  base::UniqueFd file_;
};

// The value below which `share` of them lie. Requires: not empty.
[[nodiscard]] double percentile(std::vector<double> values, double share);

}  // namespace wayside::bench
