// What the writer knows by heart about the database: the next numbers, and how much stands in it. A transaction works
// on them and the writer takes them back if it fails. A value; home: the store's Scheduler.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "ports/outbox.hpp"
#include "store/database.hpp"

namespace wayside::store {

struct Numbers {
  std::array<std::int64_t, model::kStreams.size()> next{};    // of the next chunk
  std::array<std::int64_t, model::kStreams.size()> events{};  // numbered so far
  std::int64_t position = 1;                                  // of the next chunk
  std::int64_t age = 0;                                       // of the store: seconds it was open, over all starts
  std::int64_t marked = -1;                                   // its age at the newest mark; -1: there is none
};

// So often the age is noted beside the position of the next chunk: how old a chunk is, is known that closely.
inline constexpr std::chrono::seconds kMarkEvery = std::chrono::hours{1};

struct Books {
  Numbers numbers;
  ports::OutboxStats stats;
  std::map<model::Epoch, std::uint64_t> old_rows;  // of earlier epochs, until they are closed
  std::vector<ports::StoredChunk> doubtful;        // stored by a commit that failed
};

[[nodiscard]] base::Result<Numbers> load_numbers(Database& db);

// Counts again what stands in the database: `stats` and `old_rows`.
[[nodiscard]] base::Result<void> count_again(Database& db, Books& books);

}  // namespace wayside::store
