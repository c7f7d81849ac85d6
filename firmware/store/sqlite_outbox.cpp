#include "store/sqlite_outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "store/chunk_row.hpp"
#include "store/sealed_row.hpp"
#include "store/store_writer.hpp"

namespace wayside::store {
namespace {

constexpr auto kTryAgain = std::chrono::seconds{5};

}  // namespace

SqliteOutbox::SqliteOutbox(std::string path, Database::Options options, Schedulers schedulers, base::Random& random,
                           const Bounds& bounds, ports::RowSealer* sealer)
    : path_(std::move(path)),
      options_(std::move(options)),
      schedulers_(schedulers),
      random_(random),
      bounds_(bounds),
      sealer_(sealer) {}

SqliteOutbox::~SqliteOutbox() = default;

std::unique_ptr<SqliteOutbox> SqliteOutbox::open(const std::string& path, const Database::Options& options,
                                                 Schedulers schedulers, base::Random& random, const Bounds& bounds,
                                                 ports::RowSealer* sealer) {
  std::unique_ptr<SqliteOutbox> outbox(new SqliteOutbox(path, options, schedulers, random, bounds, sealer));
  outbox->start();
  return outbox;
}

void SqliteOutbox::start() {
  auto opened = open_database(path_, options_, random_);
  if (!opened) return go_away(opened.error());
  if (auto started = start_writer(std::move(*opened)); !started) {
    writer_.reset();
    go_away(started.error());
  }
}

base::Result<void> SqliteOutbox::start_writer(OpenedDatabase opened) {
  report_ = opened.report;
  writer_ = std::make_unique<StoreWriter>(std::move(opened), StoreWriter::Parts{.path = path_,
                                                                                .options = options_,
                                                                                .bounds = bounds_,
                                                                                .sealer = sealer_,
                                                                                .home = schedulers_.writer,
                                                                                .answer = schedulers_.core,
                                                                                .closing =
                                                                                    [this] {
                                                                                      if (!options_.exclusive) return;
                                                                                      reading_.reset();
                                                                                    },
                                                                                .lost = [this] { tell_lost(); }});
  if (auto prepared = writer_->prepare(); !prepared) return prepared;
  return prepare_reading();
}

void SqliteOutbox::go_away(const base::Error& error) {
  away_ = error.what;
  report_ = {};
  base::log::error("store.away", {{"file", path_}, {"what", away_}, {"again_in", "5 s"}});
  schedulers_.writer.post_at(schedulers_.writer.now() + kTryAgain, [this] { try_again(); });
}

void SqliteOutbox::try_again() {
  const auto opened = open_database(path_, options_, random_);
  if (opened) return tell_lost();
  base::log::error("store.away", {{"file", path_}, {"what", opened.error().what}, {"again_in", "5 s"}});
  schedulers_.writer.post_at(schedulers_.writer.now() + kTryAgain, [this] { try_again(); });
}

void SqliteOutbox::tell_lost() {
  schedulers_.core.post([this] {
    if (when_lost_) std::exchange(when_lost_, {})();
  });
}

base::Result<std::vector<ports::StateEntry>> SqliteOutbox::load(std::string_view space) {
  std::vector<ports::StateEntry> out;
  auto* db = writer_ ? writer_->database() : nullptr;
  if (db == nullptr) return out;
  auto rows = db->prepare("SELECT key, value FROM state WHERE space=? ORDER BY key");
  if (!rows) return rows.error();
  rows->bind(1, space);
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back({rows->text(0), rows->blob(1)});
  }
}

base::Result<ports::StateCopy> SqliteOutbox::read_state() {
  ports::StateCopy out;
  auto* db = writer_ ? writer_->database() : nullptr;
  if (db == nullptr) return base::Error{base::Errc::io, base::Consequence::retry_later, "there is no database"};
  auto rows = db->prepare("SELECT space, key, value FROM state ORDER BY space, key");
  if (!rows) return rows.error();
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.add(std::string(rows->text(0)), {std::string(rows->text(1)), rows->blob(2)});
  }
}

void SqliteOutbox::copy_state(CopyCallback done) {
  schedulers_.writer.post([this, done = std::move(done)]() mutable {
    schedulers_.core.post([done = std::move(done), copy = read_state()]() mutable { done(std::move(copy)); });
  });
}

void SqliteOutbox::commit(ports::Commit commit, CommitCallback done) {
  schedulers_.writer.post([this, commit = std::move(commit), done = std::move(done)]() mutable {
    if (writer_) return writer_->commit(std::move(commit), std::move(done));
    schedulers_.core.post([this, done = std::move(done)]() mutable {
      done(base::Error{base::Errc::io, base::Consequence::retry_later, "there is no database: " + away_});
    });
  });
}

void SqliteOutbox::release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) {
  schedulers_.writer.post([this, keys = std::move(keys), done = std::move(done)]() mutable {
    if (writer_) return writer_->release(std::move(keys), std::move(done));
    schedulers_.core.post([done = std::move(done)]() mutable {  // there is nothing to remove
      if (done) done({});
    });
  });
}

void SqliteOutbox::stats(StatsCallback done) {
  schedulers_.writer.post([this, done = std::move(done)]() mutable {
    if (writer_) return writer_->stats(std::move(done));
    schedulers_.core.post([done = std::move(done)]() mutable { done({}); });
  });
}

void SqliteOutbox::untold(EntriesCallback done) {
  schedulers_.writer.post([this, done = std::move(done)]() mutable {
    auto entries = writer_ ? writer_->untold() : std::vector<ports::LedgerEntry>{};
    schedulers_.core.post(
        [entries = std::move(entries), done = std::move(done)]() mutable { done(std::move(entries)); });
  });
}

void SqliteOutbox::watch_ledger(base::UniqueFunction<void()> news) {
  schedulers_.writer.post([this, news = std::move(news)]() mutable {
    if (writer_) writer_->watch_ledger(std::move(news));
  });
}

void SqliteOutbox::peek(model::Stream stream, Range range, PeekCallback done) {
  reading_home().post(
      [this, stream, range, done = std::move(done)]() mutable { read(stream, range, std::move(done)); });
}

base::Scheduler& SqliteOutbox::reading_home() { return options_.exclusive ? schedulers_.writer : schedulers_.reader; }

void SqliteOutbox::walk(ports::HistoryRange range, Visit visit, ports::History::Done done) {
  reading_home().post([this, range = std::move(range), visit = std::move(visit), done = std::move(done)]() mutable {
    schedulers_.core.post([stop = walk_now(range, visit), done = std::move(done)]() mutable { done(std::move(stop)); });
  });
}

base::Result<ports::HistoryStop> SqliteOutbox::walk_now(const ports::HistoryRange& range, Visit& visit) {
  if (!writer_) return ports::HistoryStop{};
  if (auto ready = prepare_reading(); !ready) return ready.error();
  auto stop = reading_->history.run(range, writer_->first_unsure(), sealer_, visit);
  if (!stop) read_failed(stop.error());
  return stop;
}

void SqliteOutbox::read(model::Stream stream, Range range, PeekCallback done) {
  auto rows = read_rows(stream, range);
  schedulers_.core.post([rows = std::move(rows), done = std::move(done)]() mutable { done(std::move(rows)); });
}

base::Result<void> SqliteOutbox::prepare_reading() {
  if (reading_) return {};
  Database* db = nullptr;
  if (options_.exclusive) {
    db = writer_->database();
  } else {
    auto reader = Database::open(path_, {.vfs = options_.vfs, .read_only = true, .files = options_.files});
    if (!reader) return reader.error();
    reader_ = std::make_unique<Database>(std::move(*reader));
    db = reader_.get();
  }
  if (db == nullptr) {
    return base::Error{base::Errc::io, base::Consequence::retry_later, "the database is to be opened anew"};
  }
  auto select =
      db->prepare(std::string(kSelectChunk) + " WHERE stream=? AND position>? AND position<? ORDER BY position");
  if (!select) return select.error();
  auto history = HistoryWalk::prepare(*db);
  if (!history) return history.error();
  reading_.emplace(Reading{std::move(*select), std::move(*history)});
  return {};
}

void SqliteOutbox::read_failed(const base::Error& error) {
  if (error.code == base::Errc::corrupt) {
    schedulers_.writer.post([this, what = error.what] { writer_->damaged(what); });
  }
  // Opened again by the next read.
  reading_.reset();
  reader_.reset();
}

base::Result<std::vector<ports::StoredChunk>> SqliteOutbox::read_rows(model::Stream stream, const Range& range) {
  std::vector<ports::StoredChunk> out;
  if (!writer_) return out;
  if (auto ready = prepare_reading(); !ready) return ready.error();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const auto limit = [](std::uint64_t v) { return static_cast<std::int64_t>(std::min<std::uint64_t>(v, kMax)); };
  const auto before = std::min(range.before, writer_->first_unsure());
  auto& select = reading_->select;
  select.bind(1, std::int64_t{model::stream_number(stream)}).bind(2, limit(range.after)).bind(3, limit(before));
  std::vector<ports::StorePosition> damaged;
  std::vector<ports::StorePosition> unreadable;
  std::size_t bytes = 0;
  base::Result<bool> row = false;
  while ((row = select.step()) && *row) {
    auto found = read_chunk(select);
    if (!found.key_holds) {
      row = base::Error{base::Errc::corrupt, base::Consequence::fatal,
                        fmt::format("the key of the chunk at position {} does not hold", found.chunk.stored.position)};
      break;
    }
    if (!found.whole) {
      damaged.push_back(found.chunk.stored.position);
      continue;
    }
    if (const auto opened = open_row(sealer_, found.chunk); !opened) {
      if (opened.error().code == base::Errc::internal) {
        row = opened.error();
        break;
      }
      unreadable.push_back(found.chunk.stored.position);
      continue;
    }
    bytes += found.chunk.chunk.row.size();
    if (!out.empty() && bytes > range.max_bytes) break;
    out.push_back(std::move(found.chunk));
  }
  select.reset();
  report_lost(std::move(damaged), model::LossCause::damaged);
  report_lost(std::move(unreadable), model::LossCause::unreadable);
  if (!row) {
    const auto error = row.error();
    read_failed(error);
    return error;
  }
  return out;
}

void SqliteOutbox::report_lost(std::vector<ports::StorePosition> positions, model::LossCause cause) {
  if (positions.empty()) return;
  schedulers_.writer.post([this, positions = std::move(positions), cause] { writer_->remove_lost(positions, cause); });
}

void SqliteOutbox::close() {
  if (writer_) writer_->flush();
}

}  // namespace wayside::store
