// The tables, their version, and the rule for a file that cannot be used: it is set aside, never deleted, and a
// new database takes its place under a new epoch (contracts: store). Migrations only add; a release opens any
// database whose min_reader is not above its own schema.
//
//   meta(key, value)                       epoch, next position, min_reader
//   counter(stream, next, events)          the number of the next chunk of a stream; events numbered so far
//   chunk(position, epoch, stream, first, last, ..., row_crc, row)   what is not released yet
//   state(space, key, value)               keyed state, committed with chunks
#pragma once

#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"
#include "store/database.hpp"

namespace wayside::store {

inline constexpr int kSchema = 1;

struct OpenReport {
  model::Epoch epoch{};
  bool fresh = false;                     // this open made the numbering
  std::string reason;                     // why, when fresh: "first start", "database damaged: ..."
  std::optional<model::Epoch> old_epoch;  // where it could still be read
  std::string set_aside;                  // where the unusable file was moved to; empty: none was
};

struct OpenedDatabase {
  Database database;
  OpenReport report;
};

// Opens, creates or replaces. Fails only when not even a new database can be made (no permission, disk full).
[[nodiscard]] base::Result<OpenedDatabase> open_database(const std::string& path, const Database::Options& options,
                                                         base::Random& random);

}  // namespace wayside::store
