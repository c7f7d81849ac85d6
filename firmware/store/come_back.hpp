// The way back after a commit that failed for anything but room: the log is written again (a kernel that failed to sync
// a page takes it for written), the database is opened anew, and what the failed transaction may have left in it is
// looked up. Home: the store's Scheduler.
#pragma once

#include <string>

#include "ports/row_sealer.hpp"
#include "store/books.hpp"

namespace wayside::store {

// Errc::corrupt: the database must be replaced. Everything else can be tried again.
[[nodiscard]] base::Result<Database> open_again(const std::string& path, const Database::Options& options,
                                                model::Epoch epoch);

// Reads the numbers again, counts again, and notes the chunks at `first_unsure` and behind it: they are known by their
// content when they are given again.
[[nodiscard]] base::Result<void> find_doubtful(Database& db, ports::StorePosition first_unsure, Books& books,
                                               const ports::RowSealer* sealer);

}  // namespace wayside::store
