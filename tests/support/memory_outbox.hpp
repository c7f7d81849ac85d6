// An Outbox in memory that a test can hold back, fail and look into. Answers through the Scheduler, like the real one.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "base/scheduler.hpp"
#include "ports/outbox.hpp"

namespace wayside::tests {

class MemoryOutbox final : public ports::Outbox {
 public:
  explicit MemoryOutbox(base::Scheduler& core) : core_(core) {}

  void commit(ports::Commit commit, CommitCallback done) override {
    commits.push_back(commit);
    if (failing) {
      core_.post([done = std::move(done)]() mutable {
        done(base::Error{base::Errc::full, base::Consequence::retry_later, "disk full"});
      });
      return;
    }
    std::vector<ports::StoredKey> keys;
    for (auto& chunk : commit.chunks) {
      const auto number = ++next_[chunk.stream];
      const ports::StoredKey key{{model::Epoch{1}, chunk.stream, number, number}, ++position_};
      keys.push_back(key);
      chunks.push_back({key, std::move(chunk)});
    }
    for (auto& change : commit.state) state[{change.space, change.key}] = change.value;
    core_.post([keys = std::move(keys), done = std::move(done)]() mutable { done(std::move(keys)); });
  }

  void peek(model::Stream stream, Range range, PeekCallback done) override {
    std::vector<ports::StoredChunk> rows;
    std::size_t bytes = 0;
    for (const auto& chunk : chunks) {
      if (chunk.chunk.stream != stream || chunk.stored.position <= range.after) continue;
      if (chunk.stored.position >= range.before) continue;
      bytes += chunk.chunk.row.size();
      if (!rows.empty() && bytes > range.max_bytes) break;
      rows.push_back(chunk);
    }
    core_.post([rows = std::move(rows), done = std::move(done)]() mutable { done(std::move(rows)); });
  }

  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override {
    for (const auto& key : keys) {
      released.push_back(key);
      if (!slow_release) std::erase_if(chunks, [&key](const auto& chunk) { return chunk.stored.key == key; });
    }
    if (!slow_release) core_.post([done = std::move(done)]() mutable { done({}); });
  }

  void stats(StatsCallback done) override {
    core_.post([done = std::move(done)]() mutable { done({}); });
  }

  bool failing = false;
  bool slow_release = false;  // acknowledged chunks stay visible, as until the store has removed them
  std::vector<ports::Commit> commits;
  std::vector<ports::StoredChunk> chunks;
  std::vector<ports::ChunkKey> released;
  std::map<std::pair<std::string, std::string>, std::optional<base::Bytes>> state;

 private:
  base::Scheduler& core_;
  std::map<model::Stream, std::uint64_t> next_;
  ports::StorePosition position_ = 0;
};

}  // namespace wayside::tests
