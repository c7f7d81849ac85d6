#include "store/store_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "store/chunk_row.hpp"
#include "store/ledger.hpp"

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

base::Error gone() { return {base::Errc::io, base::Consequence::retry_later, "the database is being replaced"}; }

}  // namespace

StoreWriter::StoreWriter(OpenedDatabase opened, Parts parts)
    : parts_(std::move(parts)), db_(std::move(opened.database)), epoch_(opened.report.epoch) {
  for (const auto& [epoch, rows] : opened.report.rows) {
    books_.stats.chunks += rows.chunks;
    books_.stats.bytes += rows.bytes;
    if (epoch != epoch_) books_.old_rows[epoch] = rows.chunks;
  }
}

base::Result<void> StoreWriter::prepare() {
  if (auto done = prepare_statements(); !done) return done;
  first_unsure_ = static_cast<std::uint64_t>(books_.numbers.position);
  return {};
}

base::Result<void> StoreWriter::prepare_statements() {
  const std::pair<Statement*, std::string_view> all[] = {
      {&insert_chunk_, "INSERT INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      {&put_state_, "INSERT OR REPLACE INTO state VALUES(?,?,?)"},
      {&drop_state_, "DELETE FROM state WHERE space=? AND key=?"},
      {&drop_chunk_, "DELETE FROM chunk WHERE stream=? AND epoch=? AND first=? AND last=? RETURNING length(row)"},
      {&put_counter_, "INSERT OR REPLACE INTO counter VALUES(?,?,?)"},
      {&put_position_, "UPDATE meta SET value=? WHERE key='position'"},
  };
  for (const auto& [target, sql] : all) {
    auto statement = db_->prepare(sql);
    if (!statement) return statement.error();
    *target = std::move(*statement);
  }
  auto numbers = load_numbers();
  if (!numbers) return numbers.error();
  books_.numbers = *numbers;
  return {};
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
    removal_timer_ = parts_.home.post_at(parts_.home.now() + kRemovalDelay, [this] { removal_timer_due(); });
  }
}

void StoreWriter::removal_timer_due() {
  removal_timer_ = base::TimerId::none;
  if (!removals_.empty()) schedule_drain();
}

void StoreWriter::schedule_drain() {
  if (std::exchange(drain_posted_, true)) return;
  parts_.home.post([this] { drain(); });
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
  if (!group.empty() || !removals.empty() || !damaged_.empty()) {
    write_and_answer(std::move(group), std::move(removals));
  }
  if (!waiting_.empty()) {
    schedule_drain();
  } else if (db_ && db_->wal_pages() >= parts_.options.checkpoint_pages) {
    checkpoint();
  }
}

void StoreWriter::write_and_answer(std::vector<Waiting> group, std::vector<Removal> removals) {
  base::Result<void> outcome;
  if (!db_) outcome = come_back();
  if (outcome) {
    const auto before = books_;
    outcome = write(group, removals);
    if (!outcome) {
      // Nothing of it is known to have happened.
      books_ = before;
      failed(outcome.error());
    }
  }
  if (!outcome) {
    ++books_.stats.failed_commits;
    base::log::error("store.commit_failed", {{"what", outcome.error().what}});
  } else {
    ++books_.stats.commits;
    damaged_.clear();
    if (!group.empty()) {
      // Who was refused gives the same first, with the next commit. What is not given again is simply stored.
      books_.doubtful.clear();
      first_unsure_.store(static_cast<std::uint64_t>(books_.numbers.position), std::memory_order_release);
    }
    if (ledger_changed_) tell_news();
  }
  ledger_changed_ = false;
  answer_group(std::move(group), std::move(removals), outcome);
}

base::Result<void> StoreWriter::write(std::vector<Waiting>& group, std::vector<Removal>& removals) {
  if (auto begun = db_->execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  for (auto& waiting : group) {
    if (auto done = write_commit(waiting); !done) return done;
  }
  for (const auto& removal : removals) {
    for (const auto& key : removal.keys) {
      if (auto done = write_removal(key); !done) return done.error();
    }
  }
  for (const auto position : damaged_) {
    if (auto done = write_damage(position); !done) return done;
  }
  if (!removals.empty() || !damaged_.empty()) {
    if (auto done = Ledger(*db_).settle(); !done) return done;
  }
  if (auto saved = save_numbers(); !saved) return saved.error();
  return db_->execute("COMMIT");
}

base::Result<void> StoreWriter::write_commit(Waiting& waiting) {
  for (const auto& chunk : waiting.commit.chunks) {
    ports::StoredKey key;
    if (auto done = write_chunk(chunk, key); !done) return done;
    waiting.keys.push_back(key);
  }
  // The chunks that may hold what this commit tells of the ledger.
  ports::StorePosition first = 0;
  ports::StorePosition last = 0;
  for (const auto& key : waiting.keys) {
    if (key.key.stream != kTellingStream) continue;
    first = first == 0 ? key.position : std::min(first, key.position);
    last = std::max(last, key.position);
  }
  for (const auto& change : waiting.commit.state) {
    if (change.space != ports::kToldSpace) {
      if (auto done = write_state(change); !done) return done;
      continue;
    }
    std::int64_t id = 0;
    std::from_chars(change.key.data(), change.key.data() + change.key.size(), id);
    if (last == 0) continue;  // the chunk was dropped on its way: not told
    if (auto done = Ledger(*db_).tell(id, first, last); !done) return done;
    ledger_changed_ = true;
  }
  return {};
}

bool StoreWriter::take_doubtful(const ports::ChunkDraft& chunk, ports::StoredKey& key) {
  const auto found = std::ranges::find_if(books_.doubtful, [&chunk](const ports::StoredChunk& stored) {
    return stored.chunk.stream == chunk.stream && stored.chunk.checksum == chunk.checksum &&
           stored.chunk.first_offset == chunk.first_offset && stored.chunk.boot == chunk.boot &&
           stored.chunk.row == chunk.row;
  });
  if (found == books_.doubtful.end()) return false;
  key = found->stored;
  books_.doubtful.erase(found);
  return true;
}

base::Result<void> StoreWriter::write_chunk(const ports::ChunkDraft& chunk, ports::StoredKey& key) {
  if (take_doubtful(chunk, key)) return {};
  const int number = model::stream_number(chunk.stream);
  const auto index = static_cast<std::size_t>(number - 1);
  const std::int64_t first = books_.numbers.next[index]++;
  books_.numbers.events[index] += chunk.events;
  const std::int64_t position = books_.numbers.position++;
  key = {{epoch_, chunk.stream, static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(first)},
         static_cast<std::uint64_t>(position)};
  books_.stats.chunks += 1;
  books_.stats.bytes += chunk.row.size();
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
  const auto bytes = *row ? drop_chunk_.integer(0) : 0;
  const bool was_there = *row;
  if (auto done = drop_chunk_.run(); !done) return done;
  return was_there ? count_removed(key.epoch, bytes) : base::Result<void>{};
}

base::Result<void> StoreWriter::write_damage(ports::StorePosition position) {
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
  ++books_.stats.damaged;
  ledger_changed_ = true;
  base::log::error("store.damaged_chunk", {{"position", position}});
  return count_removed(found.chunk.stored.key.epoch, static_cast<std::int64_t>(found.chunk.chunk.row.size()));
}

base::Result<void> StoreWriter::count_removed(model::Epoch epoch, std::int64_t bytes) {
  books_.stats.chunks -= 1;
  books_.stats.bytes -= static_cast<std::uint64_t>(bytes);
  const auto old = books_.old_rows.find(epoch);
  if (old == books_.old_rows.end() || --old->second > 0) return {};
  books_.old_rows.erase(old);
  ledger_changed_ = true;
  return Ledger(*db_).add_closed(epoch);
}

base::Result<StoreWriter::Numbers> StoreWriter::load_numbers() {
  Numbers out;
  out.next.fill(1);
  auto counters = db_->prepare("SELECT stream, next, events FROM counter WHERE stream BETWEEN 1 AND 6");
  if (!counters) return counters.error();
  for (;;) {
    const auto row = counters->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto stream = counters->integer(0);
    // What the query asked for need not be what a damaged page gives.
    if (stream < 1 || stream > static_cast<std::int64_t>(out.next.size()) || counters->integer(1) < 1) {
      return base::Error{base::Errc::corrupt, base::Consequence::fatal, "the counters are damaged"};
    }
    out.next[static_cast<std::size_t>(stream - 1)] = counters->integer(1);
    out.events[static_cast<std::size_t>(stream - 1)] = counters->integer(2);
  }
  const auto position = db_->query_integer("SELECT value FROM meta WHERE key='position'");
  if (!position) return position.error();
  out.position = *position;
  return out;
}

base::Result<void> StoreWriter::save_numbers() {
  for (const auto stream : model::kStreams) {
    const int number = model::stream_number(stream);
    const auto next = books_.numbers.next[static_cast<std::size_t>(number - 1)];
    if (next == 1) continue;
    put_counter_.bind(1, std::int64_t{number})
        .bind(2, next)
        .bind(3, books_.numbers.events[static_cast<std::size_t>(number - 1)]);
    if (auto done = put_counter_.run(); !done) return done.error();
  }
  return put_position_.bind(1, books_.numbers.position).run();
}

void StoreWriter::failed(const base::Error& error) {
  static_cast<void>(db_->execute("ROLLBACK"));  // fails where SQLite has rolled back by itself
  if (error.code == base::Errc::corrupt) return damaged(error.what);
  if (error.code == base::Errc::full) return;
  close_database();
}

void StoreWriter::close_database() {
  parts_.closing();
  for (auto* statement : {&insert_chunk_, &put_state_, &drop_state_, &drop_chunk_, &put_counter_, &put_position_}) {
    *statement = Statement();
  }
  db_->leave_the_log();
  db_.reset();
}

base::Result<void> StoreWriter::come_back() {
  if (is_lost_) return gone();
  auto& files = parts_.options.file_system();
  if (!files.exists(parts_.path)) {
    damaged("the database file is gone");
    return gone();
  }
  if (auto again = files.write_again(parts_.path + "-wal"); !again) return again;
  auto db = Database::open(parts_.path, parts_.options);
  if (!db) {
    if (db.error().code == base::Errc::corrupt) damaged(db.error().what);
    return db.error();
  }
  db_.emplace(std::move(*db));
  auto found = find_doubtful();
  if (found) {
    base::log::info("store.opened_again", {{"found", books_.doubtful.size()}});
    return {};
  }
  if (found.error().code == base::Errc::corrupt) damaged(found.error().what);
  if (db_) close_database();
  return found;
}

// Prepares the new connection, and looks for what the failed commit left.
base::Result<void> StoreWriter::find_doubtful() {
  const auto epoch = db_->query_integer("SELECT value FROM meta WHERE key='epoch'");
  if (!epoch) return epoch.error();
  if (*epoch != static_cast<std::int64_t>(epoch_)) {
    return base::Error{base::Errc::corrupt, base::Consequence::fatal, "another database stands in its place"};
  }
  if (auto prepared = prepare_statements(); !prepared) return prepared;
  books_.doubtful.clear();
  auto rows = db_->prepare(std::string(kSelectChunk) + " WHERE position>=? ORDER BY position");
  if (!rows) return rows.error();
  rows->bind(1, static_cast<std::int64_t>(first_unsure()));
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    books_.doubtful.push_back(read_chunk(*rows).chunk);
  }
  const auto count = db_->query_integer("SELECT count(*) FROM chunk");
  const auto bytes = db_->query_integer("SELECT coalesce(sum(length(row)), 0) FROM chunk");
  if (!count) return count.error();
  if (!bytes) return bytes.error();
  books_.stats.chunks = static_cast<std::uint64_t>(*count);
  books_.stats.bytes = static_cast<std::uint64_t>(*bytes);
  for (auto& [old, left] : books_.old_rows) {
    const auto now =
        db_->query_integer(fmt::format("SELECT count(*) FROM chunk WHERE epoch={}", static_cast<std::int64_t>(old)));
    if (!now) return now.error();
    left = static_cast<std::uint64_t>(*now);
  }
  std::erase_if(books_.old_rows, [](const auto& entry) { return entry.second == 0; });
  return {};
}

void StoreWriter::damaged(const std::string& what) {
  if (std::exchange(is_lost_, true)) return;
  base::log::error("store.damaged", {{"file", parts_.path}, {"what", what}});
  if (db_) close_database();
  const auto marked = mark_damaged(parts_.path, parts_.options, "database damaged: " + what);
  if (!marked) base::log::error("store.not_marked", {{"what", marked.error().what}});
  parts_.lost();
}

void StoreWriter::answer_group(std::vector<Waiting> group, std::vector<Removal> removals,
                               const base::Result<void>& outcome) {
  parts_.answer.post([group = std::move(group), removals = std::move(removals), outcome]() mutable {
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
    if (std::ranges::find(damaged_, position) == damaged_.end()) damaged_.push_back(position);
  }
  schedule_drain();
}

base::Result<std::vector<ports::LedgerEntry>> StoreWriter::untold() {
  if (!db_) return gone();
  return Ledger(*db_).untold();
}

void StoreWriter::watch_ledger(base::UniqueFunction<void()> news) {
  news_ = std::move(news);
  tell_news();
}

void StoreWriter::tell_news() {
  if (!news_ || !db_) return;
  const auto some = Ledger(*db_).has_untold();
  if (some && *some) parts_.answer.post([this] { news_(); });
}

void StoreWriter::stats(ports::Outbox::StatsCallback done) {
  auto now = books_.stats;
  for (const auto next : books_.numbers.next) now.accepted_chunks += static_cast<std::uint64_t>(next - 1);
  for (const auto events : books_.numbers.events) now.accepted_events += static_cast<std::uint64_t>(events);
  if (db_) {
    const auto pages = db_->query_integer("PRAGMA page_count");
    const auto size = db_->query_integer("PRAGMA page_size");
    if (pages && size) now.file_bytes = static_cast<std::uint64_t>(*pages * *size);
  }
  parts_.answer.post([now, done = std::move(done)]() mutable { done(now); });
}

void StoreWriter::checkpoint() {
  const auto done = db_->checkpoint();
  if (done) return;
  base::log::warn("store.checkpoint", {{"what", done.error().what}});
  if (done.error().code == base::Errc::corrupt) damaged(done.error().what);
}

void StoreWriter::flush() {
  while (!waiting_.empty() || !removals_.empty() || !damaged_.empty()) {
    const auto before = books_.stats.failed_commits;
    drain();
    if (books_.stats.failed_commits > before) damaged_.clear();  // found again at the next start
  }
  if (db_) checkpoint();
}

}  // namespace wayside::store
