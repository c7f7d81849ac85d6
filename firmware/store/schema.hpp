// The tables and their version. Migrations only add tables; a release opens any database whose min_reader is not above
// its own schema and leaves alone what it does not know (contracts: the store).
//
//   meta(key, value)                       epoch, next position, min_reader
//   counter(stream, next, events)          the number of the next chunk of a stream; events numbered so far
//   chunk(position, epoch, stream, first, last, ..., row_crc, row)   what is not released yet
//   state(space, key, value)               keyed state, committed with chunks
// since schema 2:
//   origin(reason, old_epoch)              how this numbering began: one row
//   origin_number(stream, last)            the last number known committed in the old one
//   old_epoch(epoch, closed)               earlier numberings of which rows were salvaged
//   ledger(...)                            see ledger.hpp
// since schema 3:
//   mark(position, age)                    chunks before that position were stored when the store was not older than
//   that meta 'age'                             seconds the store was open, over all starts
// and rows of `chunk` that are history (chunk_row.hpp), which earlier releases pass over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"
#include "store/database.hpp"

namespace wayside::store {

inline constexpr int kSchema = 3;
inline constexpr int kMinReader = 1;

// How the present numbering began.
struct Origin {
  std::string reason;  // "first start", "database damaged: ..."
  std::optional<model::Epoch> old_epoch;
  std::map<int, std::uint64_t> last_numbers;  // by stream number; of the old epoch, where known
};

// What stands in a file.
enum class Found : std::uint8_t { nothing, ours, foreign, newer, damaged };

struct Rows {
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t history_chunks = 0;  // of them nothing is in the two above
  std::uint64_t history_bytes = 0;
};

struct Looked {
  Found found = Found::nothing;
  std::string why;  // it cannot be used
  model::Epoch epoch{};
  std::map<model::Epoch, Rows> rows;
};

// Reads what is small, and of the chunks their keys. Errors are those of the disk; damage is an answer.
[[nodiscard]] base::Result<Looked> look_at(Database& db);

// Makes the tables of a new numbering. `position`: of its first chunk.
[[nodiscard]] base::Result<void> create_tables(Database& db, model::Epoch epoch, const Origin& origin,
                                               std::int64_t position = 1);
// Only those of schema 1, empty: every database of ours has them on the same pages.
[[nodiscard]] base::Result<void> create_first_tables(Database& db);
[[nodiscard]] model::Epoch draw_epoch(base::Random& random);

// Adds what an earlier release did not have. Requires: Found::ours.
[[nodiscard]] base::Result<void> migrate(Database& db);
[[nodiscard]] base::Result<Origin> read_origin(Database& db);

}  // namespace wayside::store
