// Outbox and StateTable over SQLite. A face on core; behind it the writer on the store's Scheduler and reads on
// the reader's own connection (with a VFS that allows one connection only: on the writer's).
// Owned by the composition root. Destroy it only when its Schedulers no longer run its tasks.
#pragma once

#include <memory>
#include <string>

#include "base/scheduler.hpp"
#include "ports/outbox.hpp"
#include "store/schema.hpp"

namespace wayside::store {

class StoreWriter;

class SqliteOutbox final : public ports::Outbox, public ports::StateTable {
 public:
  struct Schedulers {
    base::Scheduler& core;
    base::Scheduler& writer;
    base::Scheduler& reader;
  };

  // Opens, creates or replaces the database (see schema.hpp).
  [[nodiscard]] static base::Result<std::unique_ptr<SqliteOutbox>> open(const std::string& path,
                                                                        const Database::Options& options,
                                                                        Schedulers schedulers, base::Random& random);
  ~SqliteOutbox() override;

  [[nodiscard]] const OpenReport& report() const { return report_; }

  [[nodiscard]] base::Result<std::vector<ports::StateEntry>> load(std::string_view space) override;
  void commit(ports::Commit commit, CommitCallback done) override;
  void peek(model::Stream stream, Range range, PeekCallback done) override;
  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override;
  void stats(StatsCallback done) override;

  // Writes what waits. Call when the Schedulers have stopped, from the thread that stopped them.
  void close();

 private:
  SqliteOutbox(Database database, OpenReport report, Schedulers schedulers);
  [[nodiscard]] base::Result<void> start(const std::string& path, const Database::Options& options);
  void read(model::Stream stream, Range range, PeekCallback done);
  [[nodiscard]] base::Result<std::vector<ports::StoredChunk>> read_rows(model::Stream stream, const Range& range);

  Database database_;
  OpenReport report_;
  Schedulers schedulers_;
  std::unique_ptr<StoreWriter> writer_;
  std::unique_ptr<Database> reader_;  // null: reads share the writer's connection and Scheduler
  Statement select_;
};

}  // namespace wayside::store
