#include "store/sqlite_outbox.hpp"

#include <algorithm>

#include "store/store_writer.hpp"

namespace wayside::store {
namespace {

constexpr std::string_view kSelect =
    "SELECT position, epoch, first, last, boot, catalogue, events, first_offset, last_offset, codec, checksum,"
    " row_crc, row FROM chunk WHERE stream=? AND position>? AND position<? ORDER BY position";

ports::StoredChunk to_chunk(const Statement& row, model::Stream stream) {
  ports::StoredChunk out;
  out.stored.position = static_cast<std::uint64_t>(row.integer(0));
  out.stored.key = {model::Epoch{static_cast<std::uint64_t>(row.integer(1))}, stream,
                    static_cast<std::uint64_t>(row.integer(2)), static_cast<std::uint64_t>(row.integer(3))};
  auto& chunk = out.chunk;
  chunk.stream = stream;
  const auto boot = row.blob(4);
  std::copy_n(boot.begin(), std::min(boot.size(), chunk.boot.size()), chunk.boot.begin());
  chunk.catalogue = row.blob(5);
  chunk.events = static_cast<std::uint32_t>(row.integer(6));
  chunk.first_offset = base::from_us(row.integer(7));
  chunk.last_offset = base::from_us(row.integer(8));
  chunk.codec = static_cast<std::uint8_t>(row.integer(9));
  chunk.checksum = static_cast<std::uint32_t>(row.integer(10));
  chunk.row = row.blob(12);
  return out;
}

}  // namespace

SqliteOutbox::SqliteOutbox(Database database, OpenReport report, Schedulers schedulers)
    : database_(std::move(database)), report_(std::move(report)), schedulers_(schedulers) {}

SqliteOutbox::~SqliteOutbox() = default;

base::Result<std::unique_ptr<SqliteOutbox>> SqliteOutbox::open(const std::string& path,
                                                               const Database::Options& options, Schedulers schedulers,
                                                               base::Random& random) {
  auto opened = open_database(path, options, random);
  if (!opened) return opened.error();
  std::unique_ptr<SqliteOutbox> outbox(
      new SqliteOutbox(std::move(opened->database), std::move(opened->report), schedulers));
  if (auto started = outbox->start(path, options); !started) return started.error();
  return outbox;
}

base::Result<void> SqliteOutbox::start(const std::string& path, const Database::Options& options) {
  writer_ = std::make_unique<StoreWriter>(database_, report_.epoch, options.checkpoint_pages, schedulers_.writer,
                                          schedulers_.core);
  if (auto prepared = writer_->prepare(); !prepared) return prepared.error();
  if (!options.exclusive) {
    auto reader = Database::open(path, {options.vfs, false, true});
    if (!reader) return reader.error();
    reader_ = std::make_unique<Database>(std::move(*reader));
  }
  auto select = (reader_ ? *reader_ : database_).prepare(kSelect);
  if (!select) return select.error();
  select_ = std::move(*select);
  return {};
}

base::Result<std::vector<ports::StateEntry>> SqliteOutbox::load(std::string_view space) {
  auto rows = database_.prepare("SELECT key, value FROM state WHERE space=? ORDER BY key");
  if (!rows) return rows.error();
  rows->bind(1, space);
  std::vector<ports::StateEntry> out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back({rows->text(0), rows->blob(1)});
  }
}

void SqliteOutbox::commit(ports::Commit commit, CommitCallback done) {
  schedulers_.writer.post([this, commit = std::move(commit), done = std::move(done)]() mutable {
    writer_->commit(std::move(commit), std::move(done));
  });
}

void SqliteOutbox::release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) {
  schedulers_.writer.post([this, keys = std::move(keys), done = std::move(done)]() mutable {
    writer_->release(std::move(keys), std::move(done));
  });
}

void SqliteOutbox::stats(StatsCallback done) {
  schedulers_.writer.post([this, done = std::move(done)]() mutable { writer_->stats(std::move(done)); });
}

void SqliteOutbox::peek(model::Stream stream, Range range, PeekCallback done) {
  auto& home = reader_ ? schedulers_.reader : schedulers_.writer;
  home.post([this, stream, range, done = std::move(done)]() mutable { read(stream, range, std::move(done)); });
}

void SqliteOutbox::read(model::Stream stream, Range range, PeekCallback done) {
  auto rows = read_rows(stream, range);
  schedulers_.core.post([rows = std::move(rows), done = std::move(done)]() mutable { done(std::move(rows)); });
}

base::Result<std::vector<ports::StoredChunk>> SqliteOutbox::read_rows(model::Stream stream, const Range& range) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const auto limit = [](std::uint64_t v) { return static_cast<std::int64_t>(std::min<std::uint64_t>(v, kMax)); };
  select_.bind(1, std::int64_t{model::stream_number(stream)}).bind(2, limit(range.after)).bind(3, limit(range.before));
  std::vector<ports::StoredChunk> out;
  std::vector<ports::StorePosition> damaged;
  std::size_t bytes = 0;
  base::Result<bool> row = false;
  while ((row = select_.step()) && *row) {
    auto chunk = to_chunk(select_, stream);
    if (base::crc32c(chunk.chunk.row) != static_cast<std::uint32_t>(select_.integer(11))) {
      damaged.push_back(chunk.stored.position);
      continue;
    }
    bytes += chunk.chunk.row.size();
    if (!out.empty() && bytes > range.max_bytes) break;
    out.push_back(std::move(chunk));
  }
  select_.reset();
  if (!damaged.empty()) {
    schedulers_.writer.post(
        [this, damaged = std::move(damaged)]() mutable { writer_->remove_damaged(std::move(damaged)); });
  }
  if (!row) return row.error();
  return out;
}

void SqliteOutbox::close() { writer_->flush(); }

}  // namespace wayside::store
