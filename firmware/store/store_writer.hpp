// The only writer of the database. Home: the store's Scheduler. Commits that wait share one transaction; removals
// ride along or go in batches of their own; a checkpoint is never inside a commit (contracts: store).
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "base/scheduler.hpp"
#include "ports/outbox.hpp"
#include "store/database.hpp"

namespace wayside::store {

class StoreWriter {
 public:
  // `home`: where this runs; `answer`: where callbacks are posted. Both must outlive this.
  StoreWriter(Database& database, model::Epoch epoch, int checkpoint_pages, base::Scheduler& home,
              base::Scheduler& answer)
      : db_(database), epoch_(epoch), checkpoint_pages_(checkpoint_pages), home_(home), answer_(answer) {}

  // Prepares the statements. Call once before the others.
  [[nodiscard]] base::Result<void> prepare();

  void commit(ports::Commit commit, ports::Outbox::CommitCallback done);
  void release(std::vector<ports::ChunkKey> keys, ports::Outbox::ReleaseCallback done);
  void remove_damaged(std::vector<ports::StorePosition> positions);
  void stats(ports::Outbox::StatsCallback done);
  // Writes what still waits (removals) and checkpoints. For an orderly stop.
  void flush();

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

  void schedule_drain();
  void drain();
  [[nodiscard]] base::Result<void> write(std::vector<Waiting>& group, std::vector<Removal>& removals);
  [[nodiscard]] base::Result<void> write_chunk(const ports::ChunkDraft& chunk, ports::StoredKey& key);
  [[nodiscard]] base::Result<void> write_state(const ports::StateChange& change);
  [[nodiscard]] base::Result<void> write_removal(const ports::ChunkKey& key);
  [[nodiscard]] base::Result<void> load_numbers();
  [[nodiscard]] base::Result<void> save_numbers();
  void answer_group(std::vector<Waiting> group, std::vector<Removal> removals, const base::Result<void>& outcome);
  void removal_timer_due();

  Database& db_;
  model::Epoch epoch_;
  int checkpoint_pages_;
  base::Scheduler& home_;
  base::Scheduler& answer_;

  Statement insert_chunk_;
  Statement put_state_;
  Statement drop_state_;
  Statement drop_chunk_;
  Statement drop_position_;
  Statement put_counter_;
  Statement put_position_;

  std::deque<Waiting> waiting_;
  std::vector<Removal> removals_;
  std::size_t removal_keys_ = 0;
  bool drain_posted_ = false;
  base::TimerId removal_timer_ = base::TimerId::none;

  std::array<std::int64_t, model::kStreams.size()> next_number_{};
  std::array<std::int64_t, model::kStreams.size()> events_{};  // numbered so far
  std::int64_t next_position_ = 0;
  bool numbers_known_ = false;
  ports::OutboxStats stats_;
};

}  // namespace wayside::store
