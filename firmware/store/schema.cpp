#include "store/schema.hpp"

#include <fmt/format.h>

namespace wayside::store {
namespace {

constexpr std::int64_t kApplicationId = 0x77617973;  // "ways"

constexpr const char* kTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counter(stream INTEGER PRIMARY KEY, next INTEGER NOT NULL, events INTEGER NOT NULL);
CREATE TABLE chunk(
  position INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, stream INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, boot BLOB NOT NULL, catalogue BLOB NOT NULL,
  events INTEGER NOT NULL, first_offset INTEGER NOT NULL, last_offset INTEGER NOT NULL,
  codec INTEGER NOT NULL, checksum INTEGER NOT NULL, row_crc INTEGER NOT NULL, row BLOB NOT NULL);
CREATE INDEX chunk_by_stream ON chunk(stream, position);
CREATE TABLE state(space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(space, key)) WITHOUT ROWID;
)";

constexpr const char* kTablesOfSchema2 = R"(
CREATE TABLE IF NOT EXISTS origin(reason TEXT NOT NULL, old_epoch INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS origin_number(stream INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS old_epoch(epoch INTEGER PRIMARY KEY, closed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ledger(
  id INTEGER PRIMARY KEY AUTOINCREMENT, cause INTEGER NOT NULL, epoch INTEGER NOT NULL, stream INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, coarse INTEGER NOT NULL,
  first_boot BLOB NOT NULL, first_offset INTEGER NOT NULL, last_boot BLOB NOT NULL, last_offset INTEGER NOT NULL,
  told_first INTEGER NOT NULL DEFAULT 0, told_last INTEGER NOT NULL DEFAULT 0);
)";

constexpr const char* kTablesOfSchema3 = R"(
CREATE TABLE IF NOT EXISTS mark(position INTEGER PRIMARY KEY, age INTEGER NOT NULL);
INSERT OR IGNORE INTO meta VALUES('age', 0);
)";

base::Error damaged(std::string what) { return {base::Errc::corrupt, base::Consequence::fatal, std::move(what)}; }

base::Result<void> count_rows(Database& db, std::map<model::Epoch, Rows>& rows) {
  auto counts = db.prepare(
      "SELECT epoch, count(*), sum(length(row)), sum(position), stream>6 FROM chunk GROUP BY epoch, stream>6");
  if (!counts) return counts.error();
  std::int64_t all = 0;
  std::int64_t positions = 0;
  for (;;) {
    const auto row = counts->step();
    if (!row) return row.error();
    if (!*row) break;
    all += counts->integer(1);
    positions += counts->integer(3);
    auto& of_epoch = rows[model::Epoch{static_cast<std::uint64_t>(counts->integer(0))}];
    const bool released = counts->integer(4) != 0;
    (released ? of_epoch.history_chunks : of_epoch.chunks) = static_cast<std::uint64_t>(counts->integer(1));
    (released ? of_epoch.history_bytes : of_epoch.bytes) = static_cast<std::uint64_t>(counts->integer(2));
  }
  const auto indexed = db.query_integer("SELECT count(*) FROM chunk INDEXED BY chunk_by_stream WHERE stream > -1");
  if (!indexed) return indexed.error();
  const auto sum =
      db.query_integer("SELECT coalesce(sum(position), 0) FROM chunk INDEXED BY chunk_by_stream WHERE stream > -1");
  if (!sum) return sum.error();
  if (*indexed != all || *sum != positions) return damaged("the index of the chunks does not agree with them");
  return {};
}

// What is wrong with a database that carries our mark, or nothing. Fills `out` as far as it comes.
base::Result<void> examine(Database& db, Looked& out) {
  const auto min_reader = db.query_integer("SELECT value FROM meta WHERE key='min_reader'");
  if (!min_reader) return min_reader.error();
  if (*min_reader > kSchema) {
    out.found = Found::newer;
    out.why = fmt::format("needs schema {} or newer, this release has {}", *min_reader, kSchema);
    return {};
  }
  const auto epoch = db.query_integer("SELECT value FROM meta WHERE key='epoch'");
  if (!epoch) return epoch.error();
  if (*epoch == 0 || *min_reader == 0) return damaged("no epoch in it");
  out.epoch = model::Epoch{static_cast<std::uint64_t>(*epoch)};
  for (const auto* table : {"meta", "counter", "state"}) {
    if (auto good = db.check(table); !good) return good;
  }
  const auto ledgers = db.query_integer("SELECT count(*) FROM sqlite_master WHERE name='ledger'");
  if (!ledgers) return ledgers.error();
  for (const auto* table : {"origin", "origin_number", "old_epoch", "ledger"}) {
    if (*ledgers == 0) break;
    if (auto good = db.check(table); !good) return good;
  }
  const auto marks = db.query_integer("SELECT count(*) FROM sqlite_master WHERE name='mark'");
  if (!marks) return marks.error();
  if (*marks != 0) {
    if (auto good = db.check("mark"); !good) return good;
  }
  return count_rows(db, out.rows);
}

}  // namespace

model::Epoch draw_epoch(base::Random& random) {
  std::uint64_t drawn = 0;
  while (drawn == 0) drawn = random.next();
  return model::Epoch{drawn};
}

base::Result<void> create_tables(Database& db, model::Epoch epoch, const Origin& origin, std::int64_t position) {
  const auto sql = fmt::format(
      "BEGIN IMMEDIATE; {}{}{} INSERT INTO meta VALUES('epoch', {}), ('position', {}), ('min_reader', {});"
      "PRAGMA application_id={}; PRAGMA user_version={};",
      kTables, kTablesOfSchema2, kTablesOfSchema3, static_cast<std::int64_t>(epoch), position, kMinReader,
      kApplicationId, kSchema);
  if (auto made = db.execute(sql); !made) return made;
  auto put = db.prepare("INSERT INTO origin VALUES(?,?)");
  if (!put) return put.error();
  put->bind(1, origin.reason).bind(2, static_cast<std::int64_t>(origin.old_epoch.value_or(model::Epoch{})));
  if (auto done = put->run(); !done) return done;
  for (const auto& [stream, last] : origin.last_numbers) {
    if (auto done = db.execute(fmt::format("INSERT INTO origin_number VALUES({}, {})", stream, last)); !done) {
      return done;
    }
  }
  return db.execute("COMMIT");
}

base::Result<void> create_first_tables(Database& db) { return db.execute(std::string("BEGIN;") + kTables + "COMMIT;"); }

base::Result<Looked> look_at(Database& db) {
  Looked out;
  const auto judge = [&out](const base::Error& error) -> base::Result<Looked> {
    if (error.code != base::Errc::corrupt) return error;
    out.found = Found::damaged;
    out.why = error.what;
    return out;
  };
  const auto tables = db.query_integer("SELECT count(*) FROM sqlite_master");
  if (!tables) return judge(tables.error());
  if (*tables == 0) return out;
  const auto application = db.query_integer("PRAGMA application_id");
  if (!application) return judge(application.error());
  if (*application != kApplicationId) {
    out.found = Found::foreign;
    out.why = "a database of another program";
    return out;
  }
  out.found = Found::ours;
  auto examined = examine(db, out);
  if (!examined) {
    // A table that is not there is damage too: SQLite tells it as an error of the statement.
    auto error = examined.error();
    if (error.detail == 1) error.code = base::Errc::corrupt;
    return judge(error);
  }
  return out;
}

base::Result<void> migrate(Database& db) {
  const auto version = db.query_integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version >= kSchema) return {};
  auto done = db.execute(fmt::format("BEGIN IMMEDIATE; {}{} PRAGMA user_version={}; COMMIT;", kTablesOfSchema2,
                                     kTablesOfSchema3, kSchema));
  if (!done) static_cast<void>(db.execute("ROLLBACK"));
  return done;
}

base::Result<Origin> read_origin(Database& db) {
  Origin out;
  auto origin = db.prepare("SELECT reason, old_epoch FROM origin");
  if (!origin) return origin.error();
  const auto row = origin->step();
  if (!row) return row.error();
  if (!*row) return out;  // made by an earlier release
  out.reason = origin->text(0);
  if (origin->integer(1) != 0) out.old_epoch = model::Epoch{static_cast<std::uint64_t>(origin->integer(1))};
  auto numbers = db.prepare("SELECT stream, last FROM origin_number");
  if (!numbers) return numbers.error();
  for (;;) {
    const auto next = numbers->step();
    if (!next) return next.error();
    if (!*next) return out;
    out.last_numbers[static_cast<int>(numbers->integer(0))] = static_cast<std::uint64_t>(numbers->integer(1));
  }
}

}  // namespace wayside::store
