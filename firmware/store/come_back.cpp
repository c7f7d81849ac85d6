#include "store/come_back.hpp"

#include "store/chunk_row.hpp"
#include "store/sealed_row.hpp"

namespace wayside::store {
namespace {

base::Error not_ours(std::string what) { return {base::Errc::corrupt, base::Consequence::fatal, std::move(what)}; }

}  // namespace

base::Result<Database> open_again(const std::string& path, const Database::Options& options, model::Epoch epoch) {
  auto& files = options.file_system();
  if (!files.exists(path)) return not_ours("the database file is gone");
  if (auto again = files.write_again(path + "-wal"); !again) return again.error();
  auto db = Database::open(path, options);
  if (!db) return db.error();
  const auto found = db->query_integer("SELECT value FROM meta WHERE key='epoch'");
  if (found && *found == static_cast<std::int64_t>(epoch)) return db;
  db->leave_the_log();
  return found ? not_ours("another database stands in its place") : found.error();
}

base::Result<void> find_doubtful(Database& db, ports::StorePosition first_unsure, Books& books,
                                 const ports::RowSealer* sealer) {
  auto numbers = load_numbers(db);
  if (!numbers) return numbers.error();
  books.numbers = *numbers;
  books.doubtful.clear();
  auto rows = db.prepare(std::string(kSelectChunk) + " WHERE position>=? ORDER BY position");
  if (!rows) return rows.error();
  rows->bind(1, static_cast<std::int64_t>(first_unsure));
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto chunk = read_chunk(*rows).chunk;
    // They are known by their content. One that does not open was sealed by another key: it is not of this writer.
    if (open_row(sealer, chunk)) books.doubtful.push_back(std::move(chunk));
  }
  return count_again(db, books);
}

}  // namespace wayside::store
