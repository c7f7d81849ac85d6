#include "sim/fleet/light_outbox.hpp"

#include <utility>

namespace wayside::sim {

void LightOutbox::commit(ports::Commit commit, CommitCallback done) {
  std::vector<ports::StoredKey> keys;
  for (auto& chunk : commit.chunks) {
    const auto number = ++last_[chunk.stream];
    const ports::StoredKey stored{{epoch_, chunk.stream, number, number}, ++last_position_};
    keys.push_back(stored);
    positions_[stored.key] = stored.position;
    chunks_[stored.key.stream][stored.position] = {stored, std::move(chunk)};
  }
  core_.post([keys = std::move(keys), done = std::move(done)]() mutable { done(std::move(keys)); });
}

void LightOutbox::peek(model::Stream stream, Range range, PeekCallback done) {
  std::vector<ports::StoredChunk> rows;
  std::size_t bytes = 0;
  const auto& chunks = chunks_[stream];
  for (auto at = chunks.upper_bound(range.after); at != chunks.end() && at->first < range.before; ++at) {
    bytes += at->second.chunk.row.size();
    if (!rows.empty() && bytes > range.max_bytes) break;
    rows.push_back(at->second);
  }
  core_.post([rows = std::move(rows), done = std::move(done)]() mutable { done(std::move(rows)); });
}

void LightOutbox::release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) {
  for (const auto& key : keys) {
    const auto found = positions_.find(key);
    if (found == positions_.end()) continue;
    chunks_[key.stream].erase(found->second);
    positions_.erase(found);
  }
  core_.post([done = std::move(done)]() mutable {
    if (done) done({});
  });
}

void LightOutbox::stats(StatsCallback done) {
  ports::OutboxStats out;
  out.chunks = positions_.size();
  core_.post([out, done = std::move(done)]() mutable { done(out); });
}

}  // namespace wayside::sim
