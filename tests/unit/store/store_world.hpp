// A store in a folder of its own, in virtual time, with synchronous calls for tests.
#pragma once

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/virtual_scheduler.hpp"
#include "store/sqlite_outbox.hpp"
#include "support/catch.hpp"

namespace wayside::tests {

inline constexpr model::Stream kTelemetry{model::StreamKind::telemetry, model::DataClass::internal};
inline constexpr model::Stream kAlarm{model::StreamKind::alarm, model::DataClass::internal};

class FolderStore {
 public:
  explicit FolderStore(store::Bounds bounds = {}, store::Files* files = nullptr, ports::RowSealer* sealer = nullptr)
      : bounds_(bounds), files_(files), sealer_(sealer) {
    base::log::set_level(base::log::Level::off);
    char name[] = "/tmp/wayside-store-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~FolderStore() {
    close();
    std::filesystem::remove_all(folder_);
  }
  FolderStore(const FolderStore&) = delete;
  FolderStore& operator=(const FolderStore&) = delete;

  [[nodiscard]] std::string file() const { return folder_ + "/wayside.db"; }
  void open() {
    outbox_ =
        store::SqliteOutbox::open(file(), {.vfs = "", .files = files_}, {*s_, *s_, *s_}, random_, bounds_, sealer_);
    REQUIRE(outbox_->away().empty());
  }
  void close() {
    if (outbox_) outbox_->close();
    outbox_.reset();
  }
  void reopen() {
    close();
    open();
  }
  [[nodiscard]] store::SqliteOutbox& outbox() { return *outbox_; }
  // From the next open() on.
  void use(ports::RowSealer* sealer) { sealer_ = sealer; }
  void run_for(std::chrono::microseconds span) { time_.run_for(span); }

  // `count` chunks in one commit, each `bytes` long.
  std::vector<ports::StoredKey> commit(model::Stream stream, std::size_t count = 1, std::size_t bytes = 100,
                                       std::vector<ports::StateChange> state = {}) {
    ports::Commit commit;
    for (std::size_t i = 0; i < count; ++i) commit.chunks.push_back({stream, {}, {}, 3, {}, {}, 1, 0, row(bytes)});
    commit.state = std::move(state);
    return put(std::move(commit));
  }
  std::vector<ports::StoredKey> put(ports::Commit commit) {
    std::vector<ports::StoredKey> out;
    outbox_->commit(std::move(commit), [&out](auto keys) { out = *keys; });
    run_for(std::chrono::milliseconds{10});
    return out;
  }
  void release(const std::vector<ports::StoredKey>& stored) {
    std::vector<ports::ChunkKey> keys;
    for (const auto& key : stored) keys.push_back(key.key);
    bool done = false;
    outbox_->release(std::move(keys), [&done](const auto& outcome) { done = outcome.has_value(); });
    run_for(std::chrono::seconds{1});
    REQUIRE(done);
  }
  std::vector<ports::StoredChunk> peek(model::Stream stream) {
    std::vector<ports::StoredChunk> out;
    outbox_->peek(stream, {0, ~ports::StorePosition{0}, std::size_t{1} << 30U}, [&out](auto rows) { out = *rows; });
    run_for(std::chrono::milliseconds{10});
    return out;
  }
  ports::OutboxStats stats() {
    ports::OutboxStats out;
    outbox_->stats([&out](const auto& stats) { out = stats; });
    run_for(std::chrono::milliseconds{10});
    return out;
  }
  std::vector<model::Loss> losses() {
    std::vector<model::Loss> out;
    outbox_->untold([&out](auto entries) {
      for (const auto& entry : *entries) out.push_back(std::get<model::Loss>(entry.what));
    });
    run_for(std::chrono::milliseconds{10});
    return out;
  }
  // From a connection of its own.
  std::int64_t query(const std::string& sql) const {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(file().c_str(), &db) == SQLITE_OK);
    std::int64_t out = -1;
    const auto take = [](void* to, int, char** values, char**) {
      *static_cast<std::int64_t*>(to) = values[0] == nullptr ? 0 : std::stoll(values[0]);
      return 0;
    };
    REQUIRE(sqlite3_exec(db, sql.c_str(), take, &out, nullptr) == SQLITE_OK);
    sqlite3_close(db);
    return out;
  }

 private:
  // Of bytes by chance: as large on the disk as it says.
  base::Bytes row(std::size_t bytes) {
    base::Bytes out(bytes);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random_.next());
    return out;
  }

  store::Bounds bounds_;
  store::Files* files_;
  ports::RowSealer* sealer_;
  std::string folder_;
  base::SeededRandom random_{5};
  base::VirtualTime time_{base::WallTime{}};
  std::unique_ptr<base::Scheduler> s_ = time_.make_scheduler();
  std::unique_ptr<store::SqliteOutbox> outbox_;
};

}  // namespace wayside::tests
