// The only writer of the database. Home: the store's Scheduler. Commits that wait share one transaction; removals
// ride along or go in batches of their own; a checkpoint is never inside a commit (contracts: store).
//
// After a failed commit nothing of it is known to be stored. With no room the connection stays: SQLite writes the same
// frames again. After any other failure it is closed, and before the next commit the way back is gone (come_back.hpp).
// The failed transaction may then stand in the database after all: its chunks are found by their content when they are
// given again, and keep their numbers.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/scheduler.hpp"
#include "ports/loss_ledger.hpp"
#include "ports/outbox.hpp"
#include "store/bounds.hpp"
#include "store/opening.hpp"
#include "store/room_keeper.hpp"
#include "store/row_writer.hpp"

namespace wayside::store {

class StoreWriter {
 public:
  struct Parts {
    std::string path;
    Database::Options options;
    Bounds bounds;
    ports::RowSealer* sealer = nullptr;  // null: nothing is sealed; it must outlive this
    base::Scheduler& home;               // where this runs
    base::Scheduler& answer;             // where callbacks are posted; both must outlive this
    // Before the connection is closed: whoever has statements on it lets go of them. On home.
    std::function<void()> closing;
    // The database must be opened anew, by a new store: it is damaged, or not the one that was opened. Once. On home.
    std::function<void()> lost;
  };
  StoreWriter(OpenedDatabase opened, Parts parts);

  // Prepares the statements. Call once before the others.
  [[nodiscard]] base::Result<void> prepare();

  void commit(ports::Commit commit, ports::Outbox::CommitCallback done);
  void release(std::vector<ports::ChunkKey> keys, ports::Outbox::ReleaseCallback done);
  // Rows whose checksum does not hold, or that do not open: they go, and the ledger says so.
  void remove_lost(const std::vector<ports::StorePosition>& positions, model::LossCause cause);
  // Damage beyond a row was met: the database is marked and `lost` is called.
  void damaged(const std::string& what);
  void stats(ports::Outbox::StatsCallback done);
  [[nodiscard]] base::Result<std::vector<ports::LedgerEntry>> untold();
  void watch_ledger(base::UniqueFunction<void()> news);
  // Writes what still waits (removals) and checkpoints. For an orderly stop.
  void flush();

  // Null while it is away.
  [[nodiscard]] Database* database() { return db_ ? &*db_ : nullptr; }
  // Chunks behind it may not be shown: their commit has not returned. Any thread.
  [[nodiscard]] ports::StorePosition first_unsure() const { return first_unsure_.load(std::memory_order_acquire); }

 private:
  struct Waiting {
    ports::Commit commit;
    ports::Outbox::CommitCallback done;
    std::vector<ports::StoredKey> keys;
  };
  struct Removal {
    std::vector<ports::ChunkKey> keys;
    ports::Outbox::ReleaseCallback done;
  };

  [[nodiscard]] base::Result<void> prepare_rows();
  void schedule_drain();
  void drain();
  void write_and_answer(std::vector<Waiting> group, std::vector<Removal> removals);
  [[nodiscard]] base::Result<void> write(std::vector<Waiting>& group, std::vector<Removal>& removals);
  [[nodiscard]] std::int64_t age() const;
  // Begins, works, saves the numbers, commits; or takes all of it back.
  template <class Work>
  [[nodiscard]] base::Result<void> transaction(Work work);
  void look_after_room();
  void schedule_trim();
  void trim();
  void failed(const base::Error& error);
  [[nodiscard]] base::Result<void> come_back();
  void close_database();
  void answer_group(std::vector<Waiting> group, std::vector<Removal> removals, const base::Result<void>& outcome);
  void checkpoint();
  void tell_news();
  void removal_timer_due();

  Parts parts_;
  std::optional<Database> db_;
  std::optional<RowWriter> rows_;  // while there is a database
  RoomKeeper keeper_;
  bool trim_posted_ = false;
  std::optional<base::BootTime> evicted_untold_;  // since then
  model::Epoch epoch_;
  base::BootTime started_;
  int checkpoint_pages_;
  std::int64_t age_at_start_ = 0;  // of the store, see books.hpp
  bool is_lost_ = false;

  std::deque<Waiting> waiting_;
  std::vector<Removal> removals_;
  std::size_t removal_keys_ = 0;
  std::map<ports::StorePosition, model::LossCause> lost_;
  bool drain_posted_ = false;
  base::TimerId removal_timer_ = base::TimerId::none;

  Books books_;
  std::shared_ptr<base::UniqueFunction<void()>> news_;  // null: no one asks; called on core
  std::atomic<ports::StorePosition> first_unsure_{0};
};

}  // namespace wayside::store
