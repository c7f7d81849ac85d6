// Outbox, History, StateTable and LossLedger over SQLite. A face on core; behind it the writer on the store's Scheduler
// and reads on the reader's own connection (with a VFS that allows one connection only: on the writer's). Owned by the
// composition root. Destroy it only when its Schedulers no longer run its tasks.
//
// Opening never fails. Where no database can be had (no permission, no room) the store is *away*: it has no state,
// refuses commits, and tries again every few seconds. When it could be opened, or when the database under a running
// store turns out to be damaged, it asks to be replaced by a new store (when_lost): what stands in the database must be
// read from the start.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/scheduler.hpp"
#include "ports/history.hpp"
#include "ports/loss_ledger.hpp"
#include "ports/outbox.hpp"
#include "ports/row_sealer.hpp"
#include "store/bounds.hpp"
#include "store/history_walk.hpp"
#include "store/opening.hpp"

namespace wayside::store {

class StoreWriter;

class SqliteOutbox final : public ports::Outbox,
                           public ports::History,
                           public ports::StateTable,
                           public ports::LossLedger {
 public:
  struct Schedulers {
    base::Scheduler& core;
    base::Scheduler& writer;
    base::Scheduler& reader;
  };

  // Opens, creates or replaces the database (see opening.hpp). `sealer` must outlive it; null: nothing is sealed.
  [[nodiscard]] static std::unique_ptr<SqliteOutbox> open(const std::string& path, const Database::Options& options,
                                                          Schedulers schedulers, base::Random& random,
                                                          const Bounds& bounds = {},
                                                          ports::RowSealer* sealer = nullptr);
  ~SqliteOutbox() override;

  // Of the database as it was opened; empty while away.
  [[nodiscard]] const OpenReport& report() const { return report_; }
  // Why there is no database; empty: there is.
  [[nodiscard]] const std::string& away() const { return away_; }
  // `task` is posted to core, once, when this store should be closed and opened anew. Call from core, before the
  // Schedulers run.
  void when_lost(base::Task task) { when_lost_ = std::move(task); }

  [[nodiscard]] base::Result<std::vector<ports::StateEntry>> load(std::string_view space) override;
  // The whole table with all commits that were answered by now; answered on core. Errors: io.
  using CopyCallback = base::UniqueFunction<void(base::Result<ports::StateCopy>)>;
  void copy_state(CopyCallback done);
  void commit(ports::Commit commit, CommitCallback done) override;
  void peek(model::Stream stream, Range range, PeekCallback done) override;
  void walk(ports::HistoryRange range, Visit visit, ports::History::Done done) override;
  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override;
  void stats(StatsCallback done) override;
  void untold(EntriesCallback done) override;
  void watch_ledger(base::UniqueFunction<void()> news) override;

  // Writes what waits. Call when the Schedulers have stopped, from the thread that stopped them.
  void close();

 private:
  SqliteOutbox(std::string path, Database::Options options, Schedulers schedulers, base::Random& random,
               const Bounds& bounds, ports::RowSealer* sealer);
  void start();
  [[nodiscard]] base::Result<void> start_writer(OpenedDatabase opened);
  void go_away(const base::Error& error);
  void try_again();
  void tell_lost();
  void read(model::Stream stream, Range range, PeekCallback done);
  [[nodiscard]] base::Result<std::vector<ports::StoredChunk>> read_rows(model::Stream stream, const Range& range);
  [[nodiscard]] base::Result<ports::HistoryStop> walk_now(const ports::HistoryRange& range, Visit& visit);
  [[nodiscard]] base::Result<ports::StateCopy> read_state();
  [[nodiscard]] base::Scheduler& reading_home();
  [[nodiscard]] base::Result<void> prepare_reading();
  void read_failed(const base::Error& error);
  void report_lost(std::vector<ports::StorePosition> positions, model::LossCause cause);

  std::string path_;
  Database::Options options_;
  Schedulers schedulers_;
  base::Random& random_;
  Bounds bounds_;
  ports::RowSealer* sealer_;
  OpenReport report_;
  std::string away_;
  base::Task when_lost_;
  std::unique_ptr<StoreWriter> writer_;  // null while away
  std::unique_ptr<Database> reader_;     // null: not open, or reads share the writer's connection and Scheduler
  // Prepared on the first read, and gone when its connection must be.
  struct Reading {
    Statement select;
    HistoryWalk history;
  };
  std::optional<Reading> reading_;
};

}  // namespace wayside::store
