// The statements that change rows, inside a transaction that the writer begins and ends: chunks with their numbers,
// state, removals, the numbers themselves. What they change is counted in the Books. Home: the store's Scheduler.
#pragma once

#include <utility>
#include <vector>

#include "store/books.hpp"

namespace wayside::store {

class RowWriter {
 public:
  // Prepares the statements. `db` and `books` must outlive it; `epoch` is that of new chunks.
  [[nodiscard]] static base::Result<RowWriter> prepare(Database& db, model::Epoch epoch, Books& books);

  // Adds a key a chunk to `keys`.
  [[nodiscard]] base::Result<void> commit(const ports::Commit& commit, std::vector<ports::StoredKey>& keys);
  // Unknown keys are ignored.
  [[nodiscard]] base::Result<void> remove(const ports::ChunkKey& key);
  // A row whose checksum does not hold goes, and the ledger says so.
  [[nodiscard]] base::Result<void> remove_damaged(ports::StorePosition position);
  [[nodiscard]] base::Result<void> save_numbers();

  // Since it was asked last, also in a transaction that failed.
  [[nodiscard]] bool take_ledger_changed() { return std::exchange(ledger_changed_, false); }

 private:
  RowWriter(Database& db, model::Epoch epoch, Books& books) : db_(&db), epoch_(epoch), books_(&books) {}
  [[nodiscard]] base::Result<void> insert(const ports::ChunkDraft& chunk, ports::StoredKey& key);
  [[nodiscard]] bool take_doubtful(const ports::ChunkDraft& chunk, ports::StoredKey& key);
  [[nodiscard]] base::Result<void> change(const ports::StateChange& change);
  [[nodiscard]] base::Result<void> tell(const ports::StateChange& mark, const std::vector<ports::StoredKey>& keys);
  [[nodiscard]] base::Result<void> count_removed(model::Epoch epoch, std::int64_t bytes);

  Database* db_;
  model::Epoch epoch_;
  Books* books_;
  Statement insert_chunk_;
  Statement put_state_;
  Statement drop_state_;
  Statement drop_chunk_;
  Statement put_counter_;
  Statement put_position_;
  bool ledger_changed_ = false;
};

}  // namespace wayside::store
