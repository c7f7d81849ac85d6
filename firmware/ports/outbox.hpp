// Outbox and StateTable: the store as its users see it. It knows bytes, streams and numbers, and keyed state,
// and commits both at once (contracts: streams, store). Home: core; every answer is posted to core.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "model/ids.hpp"
#include "model/stream.hpp"

namespace wayside::ports {

// One sealed chunk, not yet numbered. `row` is the tag and length of field 15 of wayside.v1.Chunk and the body.
struct ChunkDraft {
  model::Stream stream;
  base::BootId boot{};
  base::Bytes catalogue;  // hash, empty for bodies without points
  std::uint32_t events = 0;
  base::BootTime first_offset{};
  base::BootTime last_offset{};
  std::uint8_t codec = 0;      // wayside.v1.Codec
  std::uint32_t checksum = 0;  // CRC-32C of the body
  base::Bytes row;
};

// Identity of a chunk at the far end, with the gateway's id.
struct ChunkKey {
  model::Epoch epoch{};
  model::Stream stream;
  model::ChunkNumber first = 0;
  model::ChunkNumber last = 0;
  auto operator<=>(const ChunkKey&) const = default;
};

// Where a chunk stands in the store: grows with every chunk stored, over all streams and epochs, and is never
// used again. Only for walking through the store; it means nothing outside.
using StorePosition = std::uint64_t;

struct StoredKey {
  ChunkKey key;
  StorePosition position = 0;
  bool operator==(const StoredKey&) const = default;
};

struct StoredChunk {
  StoredKey stored;
  ChunkDraft chunk;
};

struct StateChange {
  std::string space;
  std::string key;
  std::optional<base::Bytes> value;  // none: remove
};

// What becomes durable together, or not at all.
struct Commit {
  std::vector<ChunkDraft> chunks;
  std::vector<StateChange> state;
};

// When something was recorded: an instant of that boot.
struct RecordedAt {
  base::BootId boot{};
  base::BootTime offset{};
};

struct OutboxStats {
  std::uint64_t chunks = 0;          // stored and not yet released
  std::uint64_t bytes = 0;           // of their rows
  std::uint64_t history_chunks = 0;  // released, and kept for a while
  std::uint64_t history_bytes = 0;   // of their rows
  std::uint64_t file_bytes = 0;
  std::uint64_t accepted_chunks = 0;  // numbered in the present epoch, over all streams and starts
  std::uint64_t accepted_events = 0;  // in them
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t damaged = 0;  // rows whose checksum does not hold, dropped
  std::uint64_t evicted = 0;  // dropped unsent, for want of room or for their age; since the start
  // What the store takes and may take, see docs/store.md.
  std::uint64_t taken_bytes = 0;   // used pages, log, set aside, ballast
  std::uint64_t max_bytes = 0;     // of it
  std::uint64_t spare_bytes = 0;   // free pages of the file
  std::uint64_t beside_bytes = 0;  // of what is taken: log, set aside, ballast
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t min_free_bytes = 0;
  std::uint64_t ledger_entries = 0;
  std::uint64_t ledger_untold = 0;   // of them, those that no stored chunk tells
  std::optional<RecordedAt> oldest;  // event that waits
  std::optional<RecordedAt> oldest_history;
};

class Outbox {
 public:
  using CommitCallback = base::UniqueFunction<void(base::Result<std::vector<StoredKey>>)>;
  using PeekCallback = base::UniqueFunction<void(base::Result<std::vector<StoredChunk>>)>;
  using ReleaseCallback = base::UniqueFunction<void(base::Result<void>)>;
  using StatsCallback = base::UniqueFunction<void(const OutboxStats&)>;

  // A walk through one stream: after < position < before, ascending, rows of `max_bytes` together but at least one.
  struct Range {
    StorePosition after = 0;
    StorePosition before = ~StorePosition{0};
    std::size_t max_bytes = 0;
  };

  virtual ~Outbox() = default;

  // Answers when the transaction is synced, with one key a chunk in the same order. Commits are applied in the
  // order given; those that wait share a transaction. On error nothing of it is stored and no number is used:
  // Errc::io (retry_later) when the disk refuses, Errc::full when there is no room.
  virtual void commit(Commit commit, CommitCallback done) = 0;

  // Unreleased chunks of a stream. A row whose checksum does not hold is left out, removed and counted.
  virtual void peek(model::Stream stream, Range range, PeekCallback done) = 0;

  // These have arrived: they are removed (telemetry: made history, which no peek shows), in batches, soon; `done`
  // answers when that is durable. Until then peek may still show them. Unknown keys are ignored.
  virtual void release(std::vector<ChunkKey> keys, ReleaseCallback done) = 0;

  virtual void stats(StatsCallback done) = 0;
};

struct StateEntry {
  std::string key;
  base::Bytes value;
};

// Read whole, once, while the gateway is put together; afterwards state changes only through commit().
class StateTable {
 public:
  virtual ~StateTable() = default;
  // All entries of a space, ascending by key. Synchronous: only before the Schedulers run.
  [[nodiscard]] virtual base::Result<std::vector<StateEntry>> load(std::string_view space) = 0;
};

// All spaces as they stood at one instant: for a gateway that is put together while the store is at work.
class StateCopy final : public StateTable {
 public:
  // A change that is not in the store yet.
  void apply(const StateChange& change) {
    auto& entries = spaces_[change.space];
    auto at = entries.begin();
    while (at != entries.end() && at->key < change.key) ++at;
    const bool known = at != entries.end() && at->key == change.key;
    if (!change.value) {
      if (known) entries.erase(at);
    } else if (known) {
      at->value = *change.value;
    } else {
      entries.insert(at, {change.key, *change.value});
    }
  }
  // Ascending by key in each space.
  void add(const std::string& space, StateEntry entry) { spaces_[space].push_back(std::move(entry)); }
  [[nodiscard]] base::Result<std::vector<StateEntry>> load(std::string_view space) override {
    const auto found = spaces_.find(space);
    return found == spaces_.end() ? std::vector<StateEntry>() : found->second;
  }

 private:
  std::map<std::string, std::vector<StateEntry>, std::less<>> spaces_;
};

}  // namespace wayside::ports
