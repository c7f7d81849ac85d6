// SQLite behind RAII: the only place (with schema and the tests' VFS) that calls sqlite3_*.
// One Database belongs to one thread at a time. Errors carry SQLite's words and the statement's purpose:
// Errc::full (no room), Errc::denied (may not write), Errc::corrupt (not a database, damaged), Errc::io (all else,
// retry_later).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "store/files.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace wayside::store {

// "3.40.1": of the library that runs, not of its header.
[[nodiscard]] std::string sqlite_version();

// A prepared statement. Bind from 1, step, read from 0, reset. Must not outlive its Database.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, std::string_view value);
  Statement& bind(int position, base::ByteView value);

  // True: a row is there to read. False: done.
  [[nodiscard]] base::Result<bool> step();
  // Step to the end and reset: for statements without rows.
  [[nodiscard]] base::Result<void> run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] base::Bytes blob(int column) const;

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  struct Options {
    std::string vfs;         // a registered VFS of the tests; empty: the system's
    bool exclusive = false;  // one connection only (a VFS without shared memory)
    bool read_only = false;
    Files* files = nullptr;       // null: the system's. Must outlive the database
    int checkpoint_pages = 1000;  // in the log, until they are moved into the database

    [[nodiscard]] Files& file_system() const { return files != nullptr ? *files : system_files(); }
  };

  // Opens or creates, and sets the pragmas: WAL, synchronous=FULL, no automatic checkpoint. A file that may not be
  // written is Errc::denied, unless it was asked for read-only.
  [[nodiscard]] static base::Result<Database> open(const std::string& path, const Options& options);
  // A database that is looked into and not changed, also by closing it. No other connection may be there.
  [[nodiscard]] static base::Result<Database> open_untouched(const std::string& path, const Options& options);
  // A new one that nobody needs before it is finished: without a log, synced with each commit.
  [[nodiscard]] static base::Result<Database> open_scratch(const std::string& path, const Options& options);

  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  [[nodiscard]] base::Result<void> execute(const std::string& sql);
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  // First column of the first row.
  [[nodiscard]] base::Result<std::int64_t> query_integer(std::string_view sql);
  // Moves what it can from the log into the database without waiting for readers.
  [[nodiscard]] base::Result<void> checkpoint();
  // Errc::corrupt where the pages of a table or of its indices do not hang together.
  [[nodiscard]] base::Result<void> check(std::string_view table);
  // From now on closing changes nothing on the disk: what the log holds stays there.
  void leave_the_log();
  // Pages in the write-ahead log after the last commit.
  [[nodiscard]] int wal_pages() const { return *wal_pages_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Database(sqlite3* db);
  [[nodiscard]] static base::Result<Database> open_with(const std::string& path, const Options& options,
                                                        const std::string& pragmas);

  std::unique_ptr<sqlite3, Close> db_;
  std::unique_ptr<int> wal_pages_;  // its address is given to SQLite
};

}  // namespace wayside::store
