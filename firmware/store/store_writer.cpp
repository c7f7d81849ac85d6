#include "store/store_writer.hpp"

#include <utility>

#include "base/log.hpp"

namespace wayside::store {
namespace {

constexpr std::size_t kSliceBytes = 64 * 1024;  // nothing on the writer lasts longer than one slice
constexpr std::size_t kRemovalBatch = 100;      // measured: 100 deletions a transaction cost what an insert does
constexpr auto kRemovalDelay = std::chrono::milliseconds{500};

std::size_t bytes_of(const ports::Commit& commit) {
  std::size_t bytes = 0;
  for (const auto& chunk : commit.chunks) bytes += chunk.row.size();
  for (const auto& change : commit.state) bytes += change.value ? change.value->size() : 0;
  return bytes;
}

}  // namespace

base::Result<void> StoreWriter::prepare() {
  const std::pair<Statement*, std::string_view> all[] = {
      {&insert_chunk_, "INSERT INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      {&put_state_, "INSERT OR REPLACE INTO state VALUES(?,?,?)"},
      {&drop_state_, "DELETE FROM state WHERE space=? AND key=?"},
      {&drop_chunk_, "DELETE FROM chunk WHERE stream=? AND epoch=? AND first=? AND last=? RETURNING length(row)"},
      {&drop_position_, "DELETE FROM chunk WHERE position=? RETURNING length(row)"},
      {&put_counter_, "INSERT OR REPLACE INTO counter VALUES(?,?,?)"},
      {&put_position_, "UPDATE meta SET value=? WHERE key='position'"},
  };
  for (const auto& [target, sql] : all) {
    auto statement = db_.prepare(sql);
    if (!statement) return statement.error();
    *target = std::move(*statement);
  }
  const auto chunks = db_.query_integer("SELECT count(*) FROM chunk");
  if (!chunks) return chunks.error();
  const auto bytes = db_.query_integer("SELECT coalesce(sum(length(row)), 0) FROM chunk");
  if (!bytes) return bytes.error();
  stats_.chunks = static_cast<std::uint64_t>(*chunks);
  stats_.bytes = static_cast<std::uint64_t>(*bytes);
  return load_numbers();
}

void StoreWriter::commit(ports::Commit commit, ports::Outbox::CommitCallback done) {
  waiting_.push_back({std::move(commit), std::move(done), {}});
  schedule_drain();
}

void StoreWriter::release(std::vector<ports::ChunkKey> keys, ports::Outbox::ReleaseCallback done) {
  removal_keys_ += keys.size();
  removals_.push_back({std::move(keys), std::move(done)});
  if (removal_keys_ >= kRemovalBatch) {
    schedule_drain();
  } else if (removal_timer_ == base::TimerId::none) {
    removal_timer_ = home_.post_at(home_.now() + kRemovalDelay, [this] { removal_timer_due(); });
  }
}

void StoreWriter::removal_timer_due() {
  removal_timer_ = base::TimerId::none;
  if (!removals_.empty()) schedule_drain();
}

void StoreWriter::schedule_drain() {
  if (std::exchange(drain_posted_, true)) return;
  home_.post([this] { drain(); });
}

void StoreWriter::drain() {
  drain_posted_ = false;
  std::vector<Waiting> group;
  std::size_t bytes = 0;
  while (!waiting_.empty() && (group.empty() || bytes + bytes_of(waiting_.front().commit) <= kSliceBytes)) {
    bytes += bytes_of(waiting_.front().commit);
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  std::vector<Removal> removals = std::exchange(removals_, {});
  removal_keys_ = 0;
  if (!group.empty() || !removals.empty()) {
    const auto before = stats_;
    const auto outcome = write(group, removals);
    if (!outcome) {
      // Nothing of it happened; the numbers given out inside are read again from what is stored.
      stats_ = before;
      ++stats_.failed_commits;
      numbers_known_ = false;
      static_cast<void>(db_.execute("ROLLBACK"));  // fails where SQLite has rolled back by itself
      base::log::error("store.commit_failed", {{"what", outcome.error().what}});
    } else {
      ++stats_.commits;
    }
    answer_group(std::move(group), std::move(removals), outcome);
  }
  if (!waiting_.empty()) {
    schedule_drain();
  } else if (db_.wal_pages() >= checkpoint_pages_) {
    if (const auto done = db_.checkpoint(); !done) base::log::warn("store.checkpoint", {{"what", done.error().what}});
  }
}

base::Result<void> StoreWriter::write(std::vector<Waiting>& group, std::vector<Removal>& removals) {
  if (!numbers_known_) {
    if (auto loaded = load_numbers(); !loaded) return loaded.error();
  }
  if (auto begun = db_.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  for (auto& waiting : group) {
    for (const auto& chunk : waiting.commit.chunks) {
      ports::StoredKey key;
      if (auto done = write_chunk(chunk, key); !done) return done.error();
      waiting.keys.push_back(key);
    }
    for (const auto& change : waiting.commit.state) {
      if (auto done = write_state(change); !done) return done.error();
    }
  }
  for (const auto& removal : removals) {
    for (const auto& key : removal.keys) {
      if (auto done = write_removal(key); !done) return done.error();
    }
  }
  if (auto saved = save_numbers(); !saved) return saved.error();
  return db_.execute("COMMIT");
}

base::Result<void> StoreWriter::write_chunk(const ports::ChunkDraft& chunk, ports::StoredKey& key) {
  const int number = model::stream_number(chunk.stream);
  const std::int64_t first = next_number_[static_cast<std::size_t>(number - 1)]++;
  events_[static_cast<std::size_t>(number - 1)] += chunk.events;
  const std::int64_t position = next_position_++;
  key = {{epoch_, chunk.stream, static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(first)},
         static_cast<std::uint64_t>(position)};
  stats_.chunks += 1;
  stats_.bytes += chunk.row.size();
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
      .bind(11, std::int64_t{chunk.codec})
      .bind(12, std::int64_t{chunk.checksum})
      .bind(13, std::int64_t{base::crc32c(chunk.row)})
      .bind(14, base::ByteView(chunk.row))
      .run();
}

base::Result<void> StoreWriter::write_state(const ports::StateChange& change) {
  if (!change.value) return drop_state_.bind(1, change.space).bind(2, change.key).run();
  return put_state_.bind(1, change.space).bind(2, change.key).bind(3, base::ByteView(*change.value)).run();
}

base::Result<void> StoreWriter::write_removal(const ports::ChunkKey& key) {
  drop_chunk_.bind(1, std::int64_t{model::stream_number(key.stream)})
      .bind(2, static_cast<std::int64_t>(key.epoch))
      .bind(3, static_cast<std::int64_t>(key.first))
      .bind(4, static_cast<std::int64_t>(key.last));
  const auto row = drop_chunk_.step();
  if (!row) return row.error();
  if (*row) {
    stats_.chunks -= 1;
    stats_.bytes -= static_cast<std::uint64_t>(drop_chunk_.integer(0));
  }
  return drop_chunk_.run();
}

base::Result<void> StoreWriter::load_numbers() {
  next_number_.fill(1);
  events_.fill(0);
  auto counters = db_.prepare("SELECT stream, next, events FROM counter WHERE stream BETWEEN 1 AND 6");
  if (!counters) return counters.error();
  for (;;) {
    const auto row = counters->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto stream = counters->integer(0);
    // What the query asked for need not be what a damaged page gives.
    if (stream < 1 || stream > static_cast<std::int64_t>(next_number_.size()) || counters->integer(1) < 1) {
      return base::Error{base::Errc::corrupt, base::Consequence::fatal, "the counters are damaged"};
    }
    next_number_[static_cast<std::size_t>(stream - 1)] = counters->integer(1);
    events_[static_cast<std::size_t>(stream - 1)] = counters->integer(2);
  }
  const auto position = db_.query_integer("SELECT value FROM meta WHERE key='position'");
  if (!position) return position.error();
  next_position_ = *position;
  numbers_known_ = true;
  return {};
}

base::Result<void> StoreWriter::save_numbers() {
  for (const auto stream : model::kStreams) {
    const int number = model::stream_number(stream);
    const auto next = next_number_[static_cast<std::size_t>(number - 1)];
    if (next == 1) continue;
    put_counter_.bind(1, std::int64_t{number}).bind(2, next).bind(3, events_[static_cast<std::size_t>(number - 1)]);
    if (auto done = put_counter_.run(); !done) return done.error();
  }
  return put_position_.bind(1, next_position_).run();
}

void StoreWriter::answer_group(std::vector<Waiting> group, std::vector<Removal> removals,
                               const base::Result<void>& outcome) {
  answer_.post([group = std::move(group), removals = std::move(removals), outcome]() mutable {
    for (auto& waiting : group) {
      if (!waiting.done) continue;
      outcome ? waiting.done(std::move(waiting.keys)) : waiting.done(outcome.error());
    }
    for (auto& removal : removals) {
      if (removal.done) removal.done(outcome);
    }
  });
}

void StoreWriter::remove_damaged(std::vector<ports::StorePosition> positions) {
  for (const auto position : positions) {
    drop_position_.bind(1, static_cast<std::int64_t>(position));
    const auto row = drop_position_.step();
    if (row && *row) {
      stats_.chunks -= 1;
      stats_.bytes -= static_cast<std::uint64_t>(drop_position_.integer(0));
      ++stats_.damaged;
    }
    drop_position_.reset();
    base::log::error("store.damaged_chunk", {{"position", position}, {"removed", row && *row}});
  }
}

void StoreWriter::stats(ports::Outbox::StatsCallback done) {
  if (!numbers_known_) static_cast<void>(load_numbers());
  auto now = stats_;
  for (const auto next : next_number_) now.accepted_chunks += static_cast<std::uint64_t>(next - 1);
  for (const auto events : events_) now.accepted_events += static_cast<std::uint64_t>(events);
  const auto pages = db_.query_integer("PRAGMA page_count");
  const auto size = db_.query_integer("PRAGMA page_size");
  if (pages && size) now.file_bytes = static_cast<std::uint64_t>(*pages * *size);
  answer_.post([now, done = std::move(done)]() mutable { done(now); });
}

void StoreWriter::flush() {
  while (!waiting_.empty() || !removals_.empty()) drain();
  if (const auto done = db_.checkpoint(); !done) base::log::warn("store.checkpoint", {{"what", done.error().what}});
}

}  // namespace wayside::store
