// Opens the database, or puts a new one in its place. What cannot be used is set aside, never written over; what can
// be read of it is salvaged first; the new one begins a new epoch (contracts: streams, the store).
//
// A replacement can be cut short at any point and is taken up again at the next start:
//   wayside.db            the database
//   wayside.db.damaged    a mark: damage was found while it ran, the next start replaces it
//   wayside.db.salvage    the old one, moved here first, until the new one stands
//   wayside.db.new        the new one, until it is complete and synced
//   wayside.db.set-aside-<time>   the old one afterwards (quarantine.hpp)
#pragma once

#include <map>
#include <string>

#include "base/random.hpp"
#include "store/schema.hpp"

namespace wayside::store {

struct OpenReport {
  model::Epoch epoch{};
  bool fresh = false;          // this open made the numbering
  Origin origin;               // how it began
  std::string set_aside;       // where the unusable file was moved to; empty: none was
  std::uint64_t salvaged = 0;  // chunks taken over from it
  std::map<model::Epoch, Rows> rows;
};

struct OpenedDatabase {
  Database database;
  OpenReport report;
};

// Fails only for the place (Errc::denied, Errc::full, Errc::io), never for what stands in the file: then nothing was
// lost, and it can be tried again.
[[nodiscard]] base::Result<OpenedDatabase> open_database(const std::string& path, const Database::Options& options,
                                                         base::Random& random);

// Asks the next open_database to replace the database. The connections to it should be closed.
[[nodiscard]] base::Result<void> mark_damaged(const std::string& path, const Database::Options& options,
                                              const std::string& what);

}  // namespace wayside::store
