#include "store/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "store/chunk_row.hpp"
#include "store/ledger.hpp"

namespace wayside::store {

base::Result<RowWriter> RowWriter::prepare(Database& db, model::Epoch epoch, Books& books) {
  RowWriter out(db, epoch, books);
  const std::pair<Statement*, std::string_view> all[] = {
      {&out.insert_chunk_, "INSERT INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      {&out.put_state_, "INSERT OR REPLACE INTO state VALUES(?,?,?)"},
      {&out.drop_state_, "DELETE FROM state WHERE space=? AND key=?"},
      {&out.drop_chunk_, "DELETE FROM chunk WHERE stream=? AND epoch=? AND first=? AND last=? RETURNING length(row)"},
      {&out.put_counter_, "INSERT OR REPLACE INTO counter VALUES(?,?,?)"},
      {&out.put_position_, "UPDATE meta SET value=? WHERE key='position'"},
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
  books_->stats.chunks += 1;
  books_->stats.bytes += chunk.row.size();
  return insert_chunk_.bind(1, position)
      .bind(2, static_cast<std::int64_t>(epoch_))
      .bind(3, std::int64_t{number})
      .bind(4, first)
      .bind(5, first)
      .bind(6, base::ByteView(chunk.boot))
      .bind(7, base::ByteView(chunk.catalogue))
      .bind(8, std::int64_t{chunk.events})
      .bind(9, base::to_us(chunk.first_offset))
      .bind(10, base::to_us(chunk.last_offset))
      .bind(11, codec_and_check(key.key, chunk))
      .bind(12, std::int64_t{chunk.checksum})
      .bind(13, std::int64_t{base::crc32c(chunk.row)})
      .bind(14, base::ByteView(chunk.row))
      .run();
}

base::Result<void> RowWriter::change(const ports::StateChange& change) {
  if (!change.value) return drop_state_.bind(1, change.space).bind(2, change.key).run();
  return put_state_.bind(1, change.space).bind(2, change.key).bind(3, base::ByteView(*change.value)).run();
}

base::Result<void> RowWriter::remove(const ports::ChunkKey& key) {
  drop_chunk_.bind(1, std::int64_t{model::stream_number(key.stream)})
      .bind(2, static_cast<std::int64_t>(key.epoch))
      .bind(3, static_cast<std::int64_t>(key.first))
      .bind(4, static_cast<std::int64_t>(key.last));
  const auto row = drop_chunk_.step();
  if (!row) return row.error();
  const auto bytes = *row ? drop_chunk_.integer(0) : 0;
  const bool was_there = *row;
  if (auto done = drop_chunk_.run(); !done) return done;
  return was_there ? count_removed(key.epoch, bytes) : base::Result<void>{};
}

base::Result<void> RowWriter::remove_damaged(ports::StorePosition position) {
  auto find = db_->prepare(std::string(kSelectChunk) + " WHERE position=?");
  if (!find) return find.error();
  const auto row = find->bind(1, static_cast<std::int64_t>(position)).step();
  if (!row) return row.error();
  if (!*row) return {};
  const auto found = read_chunk(*find);
  find->reset();
  Ledger ledger(*db_);
  if (auto done = ledger.add(loss_of(found.chunk, model::LossCause::damaged)); !done) return done;
  if (auto done = ledger.take_back(position); !done) return done;
  if (auto done = db_->execute(fmt::format("DELETE FROM chunk WHERE position={}", position)); !done) return done;
  ++books_->stats.damaged;
  ledger_changed_ = true;
  base::log::error("store.damaged_chunk", {{"position", position}});
  return count_removed(found.chunk.stored.key.epoch, static_cast<std::int64_t>(found.chunk.chunk.row.size()));
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
  return put_position_.bind(1, numbers.position).run();
}

}  // namespace wayside::store
