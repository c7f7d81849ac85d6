// A store on a CrashDisk, in virtual time, with synchronous calls for tests. Its sensitive streams are sealed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/virtual_scheduler.hpp"
#include "store/sqlite_outbox.hpp"
#include "support/crash_vfs.hpp"
#include "support/test_sealer.hpp"

namespace wayside::tests {

class StoreWorld {
 public:
  static constexpr const char* kPath = "wayside.db";

  explicit StoreWorld(CrashDisk& disk, std::uint64_t seed = 1, const store::Bounds& bounds = {.ballast = 0})
      : random_(seed) {
    outbox_ = store::SqliteOutbox::open(
        kPath, {.vfs = disk.name(), .exclusive = true, .files = &disk.files(), .checkpoint_pages = 60},
        {*core_, *writer_, *writer_}, random_, bounds, &sealer_);
    outbox_->when_lost([this] { lost_ = true; });
  }
  // Without close(): as a process that is killed.
  ~StoreWorld() = default;
  StoreWorld(const StoreWorld&) = delete;
  StoreWorld& operator=(const StoreWorld&) = delete;

  [[nodiscard]] bool is_open() const { return outbox_->away().empty(); }
  [[nodiscard]] const std::string& problem() const { return outbox_->away(); }
  // It has asked to be opened anew.
  [[nodiscard]] bool is_lost() const { return lost_; }
  [[nodiscard]] store::SqliteOutbox& outbox() { return *outbox_; }
  void run_for(std::chrono::microseconds span) { time_.run_for(span); }

  base::Result<std::vector<ports::StoredKey>> commit(ports::Commit commit) {
    std::optional<base::Result<std::vector<ports::StoredKey>>> out;
    outbox_->commit(std::move(commit), [&out](auto keys) { out = std::move(keys); });
    time_.run_for(std::chrono::milliseconds{1});
    return out ? std::move(*out) : base::Error{base::Errc::internal, base::Consequence::fatal, "no answer"};
  }

  base::Result<std::vector<ports::StoredChunk>> peek(model::Stream stream) {
    std::optional<base::Result<std::vector<ports::StoredChunk>>> out;
    outbox_->peek(stream, {.after = 0, .before = ~ports::StorePosition{0}, .max_bytes = 1U << 30U},
                  [&out](auto rows) { out = std::move(rows); });
    time_.run_for(std::chrono::milliseconds{1});
    return out ? std::move(*out) : base::Error{base::Errc::internal, base::Consequence::fatal, "no answer"};
  }

  ports::OutboxStats stats() {
    ports::OutboxStats out;
    outbox_->stats([&out](const auto& stats) { out = stats; });
    time_.run_for(std::chrono::milliseconds{1});
    return out;
  }

 private:
  base::SeededRandom random_;
  TestSealer sealer_;
  base::VirtualTime time_{base::WallTime{}};
  std::unique_ptr<base::Scheduler> core_ = time_.make_scheduler();
  std::unique_ptr<base::Scheduler> writer_ = time_.make_scheduler();
  std::unique_ptr<store::SqliteOutbox> outbox_;
  bool lost_ = false;
};

}  // namespace wayside::tests
