#include "store/schema.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/log.hpp"

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

model::Epoch draw_epoch(base::Random& random) {
  std::uint64_t drawn = 0;
  while (drawn == 0) drawn = random.next();
  return model::Epoch{drawn};
}

base::Result<void> create_tables(Database& db, model::Epoch epoch) {
  const auto sql = fmt::format(
      "BEGIN IMMEDIATE; {} INSERT INTO meta VALUES('epoch', {}), ('position', 1), ('min_reader', {});"
      "PRAGMA application_id={}; PRAGMA user_version={}; COMMIT;",
      kTables, static_cast<std::int64_t>(epoch), kSchema, kApplicationId, kSchema);
  return db.execute(sql);
}

struct Looked {
  bool empty = false;
  model::Epoch epoch{};
};

// What stands in the file: nothing yet, ours (its epoch), or an error that says why it cannot be used.
base::Result<Looked> look_at(Database& db) {
  const auto tables = db.query_integer("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  if (*tables == 0) return Looked{true, {}};
  const auto application = db.query_integer("PRAGMA application_id");
  if (!application) return application.error();
  if (*application != kApplicationId) {
    return base::Error{base::Errc::corrupt, base::Consequence::fatal, "a database of another program"};
  }
  const auto min_reader = db.query_integer("SELECT value FROM meta WHERE key='min_reader'");
  if (!min_reader) return min_reader.error();
  if (*min_reader > kSchema) {
    return base::Error{base::Errc::corrupt, base::Consequence::fatal,
                       fmt::format("needs schema {} or newer, this release has {}", *min_reader, kSchema)};
  }
  const auto epoch = db.query_integer("SELECT value FROM meta WHERE key='epoch'");
  if (!epoch) return epoch.error();
  if (*epoch == 0) return base::Error{base::Errc::corrupt, base::Consequence::fatal, "no epoch in it"};
  return Looked{false, model::Epoch{static_cast<std::uint64_t>(*epoch)}};
}

// Moves the file and its log away under the first free name. Only for real files.
base::Result<std::string> set_aside(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  for (int n = 1; n < 1000; ++n) {
    const std::string target = fmt::format("{}.set-aside-{}", path, n);
    if (fs::exists(target, failed)) continue;
    fs::rename(path, target, failed);
    if (failed) break;
    for (const char* suffix : {"-wal", "-shm"}) {
      std::error_code ignored;  // there may be none
      fs::rename(path + suffix, target + suffix, ignored);
    }
    return target;
  }
  return base::Error{base::Errc::io, base::Consequence::fatal,
                     fmt::format("{}: cannot be used and cannot be moved away: {}", path, failed.message())};
}

base::Result<OpenedDatabase> create(const std::string& path, const Database::Options& options, OpenReport report,
                                    base::Random& random) {
  auto db = Database::open(path, options);
  if (!db) return db.error();
  report.epoch = draw_epoch(random);
  report.fresh = true;
  if (auto made = create_tables(*db, report.epoch); !made) return made.error().in("creating " + path);
  return OpenedDatabase{std::move(*db), std::move(report)};
}

}  // namespace

base::Result<OpenedDatabase> open_database(const std::string& path, const Database::Options& options,
                                           base::Random& random) {
  base::Error unusable;
  std::optional<model::Epoch> old_epoch;
  {
    auto db = Database::open(path, options);
    if (db) {
      auto looked = look_at(*db);
      if (looked && !looked->empty) return OpenedDatabase{std::move(*db), OpenReport{looked->epoch, false, "", {}, ""}};
      if (looked) {
        OpenReport report{draw_epoch(random), true, "first start", {}, ""};
        if (auto made = create_tables(*db, report.epoch); !made) return made.error().in("creating " + path);
        return OpenedDatabase{std::move(*db), std::move(report)};
      }
      unusable = looked.error();
      // Of a database that is ours and only too new or damaged elsewhere, the numbering can often still be named.
      const auto epoch = db->query_integer("SELECT value FROM meta WHERE key='epoch'");
      if (epoch && *epoch != 0) old_epoch = model::Epoch{static_cast<std::uint64_t>(*epoch)};
    } else {
      unusable = db.error();
    }
  }
  if (unusable.code != base::Errc::corrupt) return unusable;
  auto moved = set_aside(path);
  if (!moved) return moved.error();
  base::log::error("store.set_aside", {{"file", path}, {"moved_to", *moved}, {"reason", unusable.what}});
  return create(path, options, OpenReport{{}, true, "database unusable: " + unusable.what, old_epoch, *moved}, random);
}

}  // namespace wayside::store
