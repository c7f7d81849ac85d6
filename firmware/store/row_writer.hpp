// The statements that change rows, inside a transaction that the writer begins and ends: chunks with their numbers,
// state, removals, the numbers themselves. What they change is counted in the Books. Home: the store's Scheduler.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "store/books.hpp"
#include "store/chunk_row.hpp"
#include "store/sealed_row.hpp"

namespace wayside::store {

class RowWriter {
 public:
  // Prepares the statements. `db` and `books` must outlive it; `epoch` is that of new chunks. Without `keeps_history`
  // what is released is deleted. `sealer` may be null: no row is sealed.
  [[nodiscard]] static base::Result<RowWriter> prepare(Database& db, model::Epoch epoch, Books& books,
                                                       bool keeps_history, ports::RowSealer* sealer);

  // Adds a key a chunk to `keys`.
  [[nodiscard]] base::Result<void> commit(const ports::Commit& commit, std::vector<ports::StoredKey>& keys);
  // It has arrived: telemetry becomes history, the rest goes. Unknown keys are ignored.
  [[nodiscard]] base::Result<void> release(const ports::ChunkKey& key);
  // The chunk at `position` goes unsent, and the ledger says so; where its body does not hold, that is the cause.
  // Answers the bytes of its row. Nothing there is no error. Errc::corrupt: its key does not hold.
  [[nodiscard]] base::Result<std::int64_t> lose(std::int64_t position, model::LossCause cause);
  // The history at `position` goes.
  [[nodiscard]] base::Result<std::int64_t> forget(std::int64_t position);
  [[nodiscard]] base::Result<void> save_numbers();

  // By anything but an eviction, since it was asked last, also in a transaction that failed.
  [[nodiscard]] bool take_ledger_changed() { return std::exchange(ledger_changed_, false); }

 private:
  struct Place {
    std::int64_t position = 0;
    model::Epoch epoch{};
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int64_t bytes = 0;
  };
  RowWriter(Database& db, model::Epoch epoch, Books& books, bool keeps_history, ports::RowSealer* sealer)
      : db_(&db), epoch_(epoch), books_(&books), keeps_history_(keeps_history), sealer_(sealer) {}
  [[nodiscard]] base::Result<std::optional<Place>> find(const ports::ChunkKey& key);
  // The first of the stream at `position` or behind it.
  [[nodiscard]] base::Result<std::optional<Place>> place_from(model::Stream stream, std::int64_t position);
  [[nodiscard]] base::Result<std::optional<Place>> find_old(const ports::ChunkKey& key);
  [[nodiscard]] static base::Result<std::optional<Place>> take_place(Statement& find);
  [[nodiscard]] base::Result<std::optional<ScannedChunk>> read(std::int64_t position);
  [[nodiscard]] base::Result<void> mark_age();
  [[nodiscard]] base::Result<void> insert(const ports::ChunkDraft& chunk, ports::StoredKey& key);
  [[nodiscard]] base::Result<void> put(const ports::ChunkDraft& chunk, const ports::StoredKey& key);
  [[nodiscard]] bool take_doubtful(const ports::ChunkDraft& chunk, ports::StoredKey& key);
  [[nodiscard]] base::Result<void> change(const ports::StateChange& change);
  [[nodiscard]] base::Result<void> tell(const ports::StateChange& mark, const std::vector<ports::StoredKey>& keys);
  [[nodiscard]] base::Result<void> count_removed(model::Epoch epoch, std::int64_t bytes);

  Database* db_;
  model::Epoch epoch_;
  Books* books_;
  bool keeps_history_;
  ports::RowSealer* sealer_;
  Statement insert_chunk_;
  Statement raise_reader_;
  Statement put_state_;
  Statement drop_state_;
  Statement drop_chunk_;
  Statement release_chunk_;
  Statement read_chunk_;
  Statement find_chunk_;
  Statement find_old_;
  Statement put_counter_;
  Statement put_meta_;
  Statement put_mark_;
  bool ledger_changed_ = false;
};

}  // namespace wayside::store
