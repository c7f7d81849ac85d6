#include "store/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "store/chunk_row.hpp"
#include "store/ledger.hpp"

namespace wayside::store {
namespace {

base::Error key_lies(std::int64_t position) {
  return {base::Errc::corrupt, base::Consequence::fatal,
          fmt::format("the key of the chunk at position {} does not hold", position)};
}

}  // namespace

base::Result<RowWriter> RowWriter::prepare(Database& db, model::Epoch epoch, Books& books, bool keeps_history,
                                           ports::RowSealer* sealer) {
  RowWriter out(db, epoch, books, keeps_history, sealer);
  // SQLite has no exclusive or.
  const auto release_sql =
      fmt::format("UPDATE chunk SET stream=stream+{}, codec=(codec|{})-(codec&{}) WHERE position=?", kReleased,
                  kReleasedCheck, kReleasedCheck);
  const auto reader_sql = raise_reader_sql();
  const auto read_sql = std::string(kSelectChunk) + " WHERE position=?";
  const std::pair<Statement*, std::string_view> all[] = {
      {&out.insert_chunk_, "INSERT INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      {&out.raise_reader_, reader_sql},
      {&out.put_state_, "INSERT OR REPLACE INTO state VALUES(?,?,?)"},
      {&out.drop_state_, "DELETE FROM state WHERE space=? AND key=?"},
      {&out.drop_chunk_, "DELETE FROM chunk WHERE position=?"},
      {&out.release_chunk_, release_sql},
      {&out.read_chunk_, read_sql},
      {&out.find_chunk_,
       "SELECT position, epoch, first, last, length(row) FROM chunk WHERE stream=? AND position>=?"
       " ORDER BY position LIMIT 1"},
      {&out.find_old_,
       "SELECT position, epoch, first, last, length(row) FROM chunk WHERE stream=? AND epoch=? AND first=? AND last=?"
       " LIMIT 1"},
      {&out.put_counter_, "INSERT OR REPLACE INTO counter VALUES(?,?,?)"},
      {&out.put_meta_, "INSERT OR REPLACE INTO meta VALUES(?,?)"},
      {&out.put_mark_, "INSERT OR IGNORE INTO mark VALUES(?,?)"},
  };
  for (const auto& [target, sql] : all) {
    auto statement = db.prepare(sql);
    if (!statement) return statement.error();
    *target = std::move(*statement);
  }
  return out;
}

base::Result<void> RowWriter::commit(const ports::Commit& commit, std::vector<ports::StoredKey>& keys) {
  const auto before = keys.size();
  for (const auto& chunk : commit.chunks) {
    ports::StoredKey key;
    if (auto done = insert(chunk, key); !done) return done;
    keys.push_back(key);
  }
  const std::vector<ports::StoredKey> own(keys.begin() + static_cast<std::ptrdiff_t>(before), keys.end());
  for (const auto& entry : commit.state) {
    if (auto done = entry.space == ports::kToldSpace ? tell(entry, own) : change(entry); !done) return done;
  }
  return {};
}

// `keys`: the chunks that may hold what the mark tells of the ledger.
base::Result<void> RowWriter::tell(const ports::StateChange& mark, const std::vector<ports::StoredKey>& keys) {
  ports::StorePosition first = 0;
  ports::StorePosition last = 0;
  for (const auto& key : keys) {
    if (key.key.stream != kTellingStream) continue;
    first = first == 0 ? key.position : std::min(first, key.position);
    last = std::max(last, key.position);
  }
  if (last == 0) return {};  // the chunk was dropped on its way: not told
  std::int64_t id = 0;
  std::from_chars(mark.key.data(), mark.key.data() + mark.key.size(), id);
  ledger_changed_ = true;
  return Ledger(*db_).tell(id, first, last);
}

bool RowWriter::take_doubtful(const ports::ChunkDraft& chunk, ports::StoredKey& key) {
  auto& doubtful = books_->doubtful;
  const auto found = std::ranges::find_if(doubtful, [&chunk](const ports::StoredChunk& stored) {
    return stored.chunk.stream == chunk.stream && stored.chunk.checksum == chunk.checksum &&
           stored.chunk.first_offset == chunk.first_offset && stored.chunk.boot == chunk.boot &&
           stored.chunk.row == chunk.row;
  });
  if (found == doubtful.end()) return false;
  key = found->stored;
  doubtful.erase(found);
  return true;
}

base::Result<void> RowWriter::insert(const ports::ChunkDraft& chunk, ports::StoredKey& key) {
  if (take_doubtful(chunk, key)) return {};
  auto& numbers = books_->numbers;
  const int number = model::stream_number(chunk.stream);
  const auto index = static_cast<std::size_t>(number - 1);
  const std::int64_t first = numbers.next[index]++;
  numbers.events[index] += chunk.events;
  const std::int64_t position = numbers.position++;
  key = {{epoch_, chunk.stream, static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(first)},
         static_cast<std::uint64_t>(position)};
  if (sealer_ == nullptr || !sealer_->seals(chunk.stream)) return put(chunk, key);
  const auto sealed = seal_row(*sealer_, key.key, chunk);
  if (!sealed) return sealed.error();
  // An earlier release would publish it as it stands. Where that is known already, nothing is written.
  if (auto done = raise_reader_.run(); !done) return done;
  return put(*sealed, key);
}

base::Result<void> RowWriter::put(const ports::ChunkDraft& chunk, const ports::StoredKey& key) {
  books_->stats.chunks += 1;
  books_->stats.bytes += chunk.row.size();
  bind_chunk(insert_chunk_, key, chunk, base::crc32c(chunk.row));
  return insert_chunk_.run();
}

base::Result<void> RowWriter::change(const ports::StateChange& change) {
  if (!change.value) return drop_state_.bind(1, change.space).bind(2, change.key).run();
  return put_state_.bind(1, change.space).bind(2, change.key).bind(3, base::ByteView(*change.value)).run();
}

base::Result<void> RowWriter::release(const ports::ChunkKey& key) {
  const auto found = find(key);
  if (!found) return found.error();
  if (!*found) return {};
  const auto& row = **found;
  const bool keeps = keeps_history_ && key.stream.kind == model::StreamKind::telemetry;
  auto& change = keeps ? release_chunk_ : drop_chunk_;
  if (auto done = change.bind(1, row.position).run(); !done) return done;
  if (keeps) {
    books_->stats.history_chunks += 1;
    books_->stats.history_bytes += static_cast<std::uint64_t>(row.bytes);
  }
  return count_removed(key.epoch, row.bytes);
}

// Numbers of one stream and epoch grow with their positions. The oldest is looked at first: a drain goes in this order.
base::Result<std::optional<RowWriter::Place>> RowWriter::find(const ports::ChunkKey& key) {
  using Found = std::optional<Place>;
  const auto matches = [&key](const Found& place) {
    return place && place->epoch == key.epoch && place->first == key.first && place->last == key.last;
  };
  auto place = place_from(key.stream, 0);
  if (!place || matches(*place)) return place;
  if (key.epoch != epoch_) return find_old(key);
  std::int64_t low = 0;
  std::int64_t high = books_->numbers.position;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    place = place_from(key.stream, middle);
    if (!place || matches(*place)) return place;
    const bool behind =
        !*place || (*place)->position >= high || ((*place)->epoch == epoch_ && (*place)->first > key.first);
    if (behind) {
      high = middle;
    } else {
      low = (*place)->position + 1;  // also past those of earlier epochs, which are older
    }
  }
  return Found{};
}

base::Result<std::optional<RowWriter::Place>> RowWriter::place_from(model::Stream stream, std::int64_t position) {
  find_chunk_.bind(1, std::int64_t{model::stream_number(stream)}).bind(2, position);
  return take_place(find_chunk_);
}

base::Result<std::optional<RowWriter::Place>> RowWriter::find_old(const ports::ChunkKey& key) {
  find_old_.bind(1, std::int64_t{model::stream_number(key.stream)})
      .bind(2, static_cast<std::int64_t>(key.epoch))
      .bind(3, static_cast<std::int64_t>(key.first))
      .bind(4, static_cast<std::int64_t>(key.last));
  return take_place(find_old_);
}

base::Result<std::optional<RowWriter::Place>> RowWriter::take_place(Statement& find) {
  const auto row = find.step();
  if (!row) return row.error();
  std::optional<Place> out;
  if (*row) {
    out = Place{find.integer(0), model::Epoch{static_cast<std::uint64_t>(find.integer(1))},
                static_cast<std::uint64_t>(find.integer(2)), static_cast<std::uint64_t>(find.integer(3)),
                find.integer(4)};
  }
  find.reset();
  return out;
}

base::Result<std::int64_t> RowWriter::lose(std::int64_t position, model::LossCause cause) {
  auto row = read(position);
  if (!row) return row.error();
  if (!*row) return std::int64_t{0};
  const auto& found = **row;
  const auto bytes = static_cast<std::int64_t>(found.chunk.chunk.row.size());
  if (!found.key_holds) return key_lies(position);
  if (!found.whole) cause = model::LossCause::damaged;
  Ledger ledger(*db_);
  if (auto done = ledger.add(loss_of(found.chunk, cause)); !done) return done.error();
  if (found.chunk.stored.key.stream == kTellingStream) {
    if (auto done = ledger.take_back(found.chunk.stored.position); !done) return done.error();
  }
  if (auto done = drop_chunk_.bind(1, position).run(); !done) return done.error();
  if (cause == model::LossCause::evicted) {
    ++books_->stats.evicted;
  } else {
    ++books_->stats.damaged;
    ledger_changed_ = true;
    base::log::error("store.damaged_chunk", {{"position", position}, {"cause", model::to_string(cause)}});
  }
  if (auto done = count_removed(found.chunk.stored.key.epoch, bytes); !done) return done.error();
  return bytes;
}

base::Result<std::int64_t> RowWriter::forget(std::int64_t position) {
  const auto row = read(position);
  if (!row) return row.error();
  if (!*row) return std::int64_t{0};
  // What looks like history and is not may be a chunk that was not sent.
  if (!(*row)->key_holds || !(*row)->released) return key_lies(position);
  const auto bytes = static_cast<std::int64_t>((*row)->chunk.chunk.row.size());
  if (auto done = drop_chunk_.bind(1, position).run(); !done) return done.error();
  books_->stats.history_chunks -= 1;
  books_->stats.history_bytes -= static_cast<std::uint64_t>(bytes);
  return bytes;
}

base::Result<std::optional<ScannedChunk>> RowWriter::read(std::int64_t position) {
  const auto row = read_chunk_.bind(1, position).step();
  if (!row) return row.error();
  std::optional<ScannedChunk> out;
  if (*row) out = read_chunk(read_chunk_);
  read_chunk_.reset();
  return out;
}

base::Result<void> RowWriter::count_removed(model::Epoch epoch, std::int64_t bytes) {
  books_->stats.chunks -= 1;
  books_->stats.bytes -= static_cast<std::uint64_t>(bytes);
  const auto old = books_->old_rows.find(epoch);
  if (old == books_->old_rows.end() || --old->second > 0) return {};
  books_->old_rows.erase(old);
  ledger_changed_ = true;
  return Ledger(*db_).add_closed(epoch);
}

base::Result<void> RowWriter::save_numbers() {
  const auto& numbers = books_->numbers;
  for (const auto stream : model::kStreams) {
    const int number = model::stream_number(stream);
    const auto index = static_cast<std::size_t>(number - 1);
    if (numbers.next[index] == 1) continue;
    put_counter_.bind(1, std::int64_t{number}).bind(2, numbers.next[index]).bind(3, numbers.events[index]);
    if (auto done = put_counter_.run(); !done) return done.error();
  }
  // One leaf holds both: the second costs no write.
  put_meta_.bind(1, std::string_view("position")).bind(2, numbers.position);
  if (auto done = put_meta_.run(); !done) return done;
  put_meta_.bind(1, std::string_view("age")).bind(2, numbers.age);
  if (auto done = put_meta_.run(); !done) return done;
  return mark_age();
}

base::Result<void> RowWriter::mark_age() {
  auto& numbers = books_->numbers;
  if (numbers.marked >= 0 && numbers.age - numbers.marked < kMarkEvery.count()) return {};
  numbers.marked = numbers.age;
  // Nobody asks for the age of what is gone; the last mark before the oldest chunk says how old that is at most.
  const auto pruned = db_->execute(
      "DELETE FROM mark WHERE position < (SELECT max(position) FROM mark WHERE position <= (SELECT min(position) FROM"
      " chunk))");
  if (!pruned) return pruned;
  return put_mark_.bind(1, numbers.position).bind(2, numbers.age).run();
}

}  // namespace wayside::store
