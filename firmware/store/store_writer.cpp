#include "store/store_writer.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "store/come_back.hpp"
#include "store/ledger.hpp"

namespace wayside::store {
namespace {

constexpr std::size_t kSliceBytes = 64 * 1024;  // nothing on the writer lasts longer than one slice
constexpr std::size_t kRemovalBatch = 100;      // measured: 100 deletions a transaction cost what an insert does
constexpr auto kRemovalDelay = std::chrono::milliseconds{500};
// While nothing is acknowledged, evictions are told as seldom: what tells them takes room as well.
constexpr auto kTellEvictedEvery = std::chrono::hours{1};

std::size_t bytes_of(const ports::Commit& commit) {
  std::size_t bytes = 0;
  for (const auto& chunk : commit.chunks) bytes += chunk.row.size();
  for (const auto& change : commit.state) bytes += change.value ? change.value->size() : 0;
  return bytes;
}

// The log counts as well: under a small cap it may not take most of it.
int most_log_pages(const Bounds& bounds) {
  constexpr std::uint64_t kPage = 4096;
  return static_cast<int>(std::clamp<std::uint64_t>(bounds.max_bytes / 16 / kPage, 16, 100'000));
}

base::Error gone() { return {base::Errc::io, base::Consequence::retry_later, "the database is being replaced"}; }

}  // namespace

StoreWriter::StoreWriter(OpenedDatabase opened, Parts parts)
    : parts_(std::move(parts)),
      db_(std::move(opened.database)),
      keeper_(parts_.path, parts_.options.file_system(), parts_.bounds, db_, rows_),
      epoch_(opened.report.epoch),
      started_(parts_.home.now()),
      checkpoint_pages_(std::min(parts_.options.checkpoint_pages, most_log_pages(parts_.bounds))) {
  for (const auto& [epoch, rows] : opened.report.rows) {
    books_.stats.chunks += rows.chunks;
    books_.stats.bytes += rows.bytes;
    books_.stats.history_chunks += rows.history_chunks;
    books_.stats.history_bytes += rows.history_bytes;
    if (epoch != epoch_ && rows.chunks > 0) books_.old_rows[epoch] = rows.chunks;
  }
}

base::Result<void> StoreWriter::prepare() {
  auto numbers = load_numbers(*db_);
  if (!numbers) return numbers.error();
  books_.numbers = *numbers;
  age_at_start_ = books_.numbers.age;
  if (auto done = prepare_rows(); !done) return done;
  first_unsure_ = static_cast<std::uint64_t>(books_.numbers.position);
  keeper_.room().look();
  return {};
}

base::Result<void> StoreWriter::prepare_rows() {
  auto rows = RowWriter::prepare(*db_, epoch_, books_, parts_.bounds.history.count() > 0, parts_.sealer);
  if (!rows) return rows.error();
  rows_.emplace(std::move(*rows));
  return {};
}

std::int64_t StoreWriter::age() const {
  const auto open = std::chrono::duration_cast<std::chrono::seconds>(parts_.home.now() - started_);
  return age_at_start_ + open.count();
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
  if (!group.empty() || !removals.empty() || !lost_.empty()) {
    write_and_answer(std::move(group), std::move(removals));
  }
  if (!waiting_.empty()) {
    schedule_drain();
  } else if (db_ && db_->wal_pages() >= checkpoint_pages_) {
    checkpoint();
  }
  look_after_room();
}

void StoreWriter::look_after_room() {
  if (!db_ || trim_posted_) return;
  const auto now = parts_.home.now();
  if (evicted_untold_ && now - *evicted_untold_ >= kTellEvictedEvery) tell_news();
  if (keeper_.must_trim(now, age())) schedule_trim();
}

void StoreWriter::schedule_trim() {
  if (std::exchange(trim_posted_, true)) return;
  parts_.home.post([this] { trim(); });
}

// What is acknowledged goes first, and what waits to be stored goes in between.
void StoreWriter::trim() {
  trim_posted_ = false;
  if (!db_) return;
  if (!removals_.empty()) {
    schedule_drain();
    return schedule_trim();
  }
  const auto evicted = books_.stats.evicted;
  bool removed = false;  // else it is as full as ever, and nothing is left that may go
  const auto outcome = transaction([this, &removed]() -> base::Result<void> {
    auto some = keeper_.trimmer().remove_slice(age(), first_unsure());
    if (!some) return some.error();
    removed = *some;
    return {};
  });
  if (!outcome) {
    base::log::error("store.trim_failed", {{"what", outcome.error().what}});  // tried again after the next commit
    return;
  }
  if (books_.stats.evicted > evicted) {
    if (!evicted_untold_) base::log::warn("store.evicting", {{"chunks", books_.stats.evicted - evicted}});
    if (!evicted_untold_) evicted_untold_ = parts_.home.now();
  }
  if (rows_->take_ledger_changed()) tell_news();
  if (db_->wal_pages() >= checkpoint_pages_) checkpoint();
  if (removed && keeper_.must_trim_more(age())) schedule_trim();
}

template <class Work>
base::Result<void> StoreWriter::transaction(Work work) {
  const auto before = books_;
  auto outcome = db_->execute("BEGIN IMMEDIATE");
  if (outcome) outcome = work();
  if (outcome) {
    books_.numbers.age = age();
    outcome = rows_->save_numbers();
  }
  if (outcome) outcome = db_->execute("COMMIT");
  if (outcome) return outcome;
  // Nothing of it is known to have happened.
  books_ = before;
  failed(outcome.error());
  return outcome;
}

void StoreWriter::write_and_answer(std::vector<Waiting> group, std::vector<Removal> removals) {
  base::Result<void> outcome;
  if (!db_) outcome = come_back();
  if (outcome) {
    outcome = transaction([&] { return write(group, removals); });
    const bool is_full = !outcome && outcome.error().code == base::Errc::full;
    if (is_full && keeper_.give_up_ballast(parts_.home.now())) {
      for (auto& waiting : group) waiting.keys.clear();
      outcome = transaction([&] { return write(group, removals); });
    }
  }
  if (!outcome) {
    ++books_.stats.failed_commits;
    base::log::error("store.commit_failed", {{"what", outcome.error().what}});
  } else {
    ++books_.stats.commits;
    for (const auto& waiting : group) keeper_.wrote(bytes_of(waiting.commit));
    lost_.clear();
    if (!group.empty()) {
      // Who was refused gives the same first, with the next commit. What is not given again is simply stored.
      books_.doubtful.clear();
      first_unsure_.store(static_cast<std::uint64_t>(books_.numbers.position), std::memory_order_release);
    }
    if (rows_->take_ledger_changed() || (evicted_untold_ && !removals.empty())) tell_news();
  }
  answer_group(std::move(group), std::move(removals), outcome);
}

base::Result<void> StoreWriter::write(std::vector<Waiting>& group, std::vector<Removal>& removals) {
  for (auto& waiting : group) {
    if (auto done = rows_->commit(waiting.commit, waiting.keys); !done) return done;
  }
  for (const auto& removal : removals) {
    for (const auto& key : removal.keys) {
      if (auto done = rows_->release(key); !done) return done.error();
    }
  }
  for (const auto& [position, cause] : lost_) {
    if (auto done = rows_->lose(static_cast<std::int64_t>(position), cause); !done) return done.error();
  }
  if (!removals.empty() || !lost_.empty()) {
    if (auto done = Ledger(*db_).settle(); !done) return done;
  }
  return {};
}

void StoreWriter::failed(const base::Error& error) {
  static_cast<void>(db_->execute("ROLLBACK"));  // fails where SQLite has rolled back by itself
  if (error.code == base::Errc::corrupt) return damaged(error.what);
  if (error.code == base::Errc::full) return;
  close_database();
}

void StoreWriter::close_database() {
  parts_.closing();
  rows_.reset();
  db_->leave_the_log();
  db_.reset();
}

base::Result<void> StoreWriter::come_back() {
  if (is_lost_) return gone();
  auto db = open_again(parts_.path, parts_.options, epoch_);
  if (!db) {
    if (db.error().code == base::Errc::corrupt) damaged(db.error().what);
    return db.error();
  }
  db_.emplace(std::move(*db));
  auto found = find_doubtful(*db_, first_unsure(), books_, parts_.sealer);
  if (found) found = prepare_rows();
  if (found) {
    base::log::info("store.opened_again", {{"found", books_.doubtful.size()}});
    return {};
  }
  if (found.error().code == base::Errc::corrupt) damaged(found.error().what);
  if (db_) close_database();
  return found;
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

void StoreWriter::remove_lost(const std::vector<ports::StorePosition>& positions, model::LossCause cause) {
  for (const auto position : positions) lost_.emplace(position, cause);
  schedule_drain();
}

base::Result<std::vector<ports::LedgerEntry>> StoreWriter::untold() {
  if (!db_) return gone();
  return Ledger(*db_).untold();
}

void StoreWriter::watch_ledger(base::UniqueFunction<void()> news) {
  news_ = std::make_shared<base::UniqueFunction<void()>>(std::move(news));
  tell_news();
}

void StoreWriter::tell_news() {
  evicted_untold_.reset();
  if (!news_ || !db_) return;
  const auto some = Ledger(*db_).has_untold();
  if (some && *some) parts_.answer.post([news = news_] { (*news)(); });
}

void StoreWriter::stats(ports::Outbox::StatsCallback done) {
  auto now = books_.stats;
  for (const auto next : books_.numbers.next) now.accepted_chunks += static_cast<std::uint64_t>(next - 1);
  for (const auto events : books_.numbers.events) now.accepted_events += static_cast<std::uint64_t>(events);
  now.max_bytes = parts_.bounds.max_bytes;
  now.min_free_bytes = parts_.bounds.min_free;
  if (db_) look_up(*db_, keeper_.room(), now);
  parts_.answer.post([now, done = std::move(done)]() mutable { done(now); });
}

void StoreWriter::checkpoint() {
  const auto done = db_->checkpoint();
  keeper_.room().look();
  if (done) return;
  base::log::warn("store.checkpoint", {{"what", done.error().what}});
  if (done.error().code == base::Errc::corrupt) damaged(done.error().what);
}

void StoreWriter::flush() {
  while (!waiting_.empty() || !removals_.empty() || !lost_.empty()) {
    const auto before = books_.stats.failed_commits;
    drain();
    if (books_.stats.failed_commits > before) lost_.clear();  // found again at the next start
  }
  if (db_) checkpoint();
}

}  // namespace wayside::store
