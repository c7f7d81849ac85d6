#include "store/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace wayside::store {

namespace {

base::Error to_error(sqlite3* db, int code, std::string_view doing) {
  using base::Consequence;
  using base::Errc;
  std::string what = fmt::format("{}: {} ({})", doing, db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code),
                                 sqlite3_errstr(code));
  const int system = db != nullptr ? sqlite3_system_errno(db) : 0;
  const bool of_the_system = (code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_IOERR;
  if (of_the_system && system != 0) what += ": " + std::generic_category().message(system);
  switch (code & 0xFF) {
    case SQLITE_FULL: return {Errc::full, Consequence::retry_later, what, code};
    case SQLITE_READONLY:
    case SQLITE_PERM: return {Errc::denied, Consequence::retry_later, what, code};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {Errc::corrupt, Consequence::fatal, what, code};
    default: break;
  }
  if (of_the_system && system == ENOSPC) return {Errc::full, Consequence::retry_later, what, code};
  if (of_the_system && (system == EACCES || system == EROFS)) {
    return {Errc::denied, Consequence::retry_later, what, code};
  }
  return {Errc::io, Consequence::retry_later, what, code};
}

int count_wal_pages(void* pages, sqlite3* /*db*/, const char* /*name*/, int in_log) {
  *static_cast<int*>(pages) = in_log;
  return SQLITE_OK;
}

}  // namespace

std::string sqlite_version() { return sqlite3_libversion(); }

Statement::Statement(Statement&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

// Binding fails only for a wrong position or no memory: both ours, and the step that follows reports it.
Statement& Statement::bind(int position, std::int64_t value) {
  sqlite3_bind_int64(statement_, position, value);
  return *this;
}

Statement& Statement::bind(int position, std::string_view value) {
  sqlite3_bind_text64(statement_, position, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int position, base::ByteView value) {
  // A null pointer would bind NULL; an empty blob is meant.
  static constexpr std::uint8_t kNothing = 0;
  sqlite3_bind_blob64(statement_, position, value.empty() ? &kNothing : value.data(), value.size(), SQLITE_TRANSIENT);
  return *this;
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const std::string sql = sqlite3_sql(statement_);
  auto error = to_error(db_, code, sql.substr(0, 40));
  sqlite3_reset(statement_);
  return error;
}

base::Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return row.error();
    if (!*row) break;
  }
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const auto* data = sqlite3_column_text(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

base::Bytes Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? base::Bytes() : base::Bytes(data, data + size);
}

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Database::Database(sqlite3* db) : db_(db), wal_pages_(std::make_unique<int>(0)) {
  sqlite3_wal_hook(db_.get(), &count_wal_pages, wal_pages_.get());
}

base::Result<Database> Database::open_with(const std::string& path, const Options& options,
                                           const std::string& pragmas) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    auto error = to_error(raw, code, "opening " + path);
    sqlite3_close_v2(raw);
    return error;
  }
  Database db(raw);
  sqlite3_busy_timeout(raw, 5000);
  if (auto done = db.execute(pragmas + "PRAGMA wal_autocheckpoint=0;"); !done) {
    return done.error().in("opening " + path);
  }
  // wal_autocheckpoint installs a hook of its own in place of ours.
  sqlite3_wal_hook(raw, &count_wal_pages, db.wal_pages_.get());
  return db;
}

base::Result<Database> Database::open(const std::string& path, const Options& options) {
  // Exclusive locking must be set before the journal mode, or WAL is silently refused without shared memory.
  std::string pragmas = options.exclusive ? "PRAGMA locking_mode=EXCLUSIVE;" : "";
  if (!options.read_only) {
    // An erased page need not be overwritten with zeros: what is sensitive is sealed, and cards wear.
    pragmas += "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF;";
    // After a large commit the log becomes small again.
    pragmas += fmt::format("PRAGMA journal_size_limit={};", std::int64_t{options.checkpoint_pages} * 2 * 4096);
  }
  auto db = open_with(path, options, pragmas);
  // SQLite opens for reading what it may not write, and says so only here.
  if (db && !options.read_only && sqlite3_db_readonly(db->db_.get(), "main") == 1) {
    return base::Error{base::Errc::denied, base::Consequence::retry_later,
                       fmt::format("opening {}: it may not be written", path)};
  }
  return db;
}

base::Result<Database> Database::open_untouched(const std::string& path, const Options& options) {
  auto db = open_with(path, options, "PRAGMA locking_mode=EXCLUSIVE;");
  if (db) db->leave_the_log();
  return db;
}

base::Result<Database> Database::open_scratch(const std::string& path, const Options& options) {
  return open_with(path, options, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=FULL;");
}

base::Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return to_error(db_.get(), code, sql.substr(0, 40));
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return to_error(db_.get(), code, sql.substr(0, 40));
  return Statement(db_.get(), statement);
}

base::Result<std::int64_t> Database::query_integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->integer(0) : 0;
}

base::Result<void> Database::check(std::string_view table) {
  auto statement = prepare(fmt::format("PRAGMA quick_check('{}')", table));
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  const auto verdict = *row ? statement->text(0) : std::string("no answer");
  if (verdict == "ok") return {};
  return base::Error{base::Errc::corrupt, base::Consequence::fatal, fmt::format("table {}: {}", table, verdict)};
}

void Database::leave_the_log() { sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

base::Result<void> Database::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return to_error(db_.get(), code, "checkpoint");
  *wal_pages_ = 0;
  return {};
}

}  // namespace wayside::store
