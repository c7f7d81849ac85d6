// An Outbox in memory, with the numbers of an epoch of its own: the store of a light gateway. Nothing is kept of what
// was released. Answers through the Scheduler, like the real one. Home: core.
#pragma once

#include <map>

#include "base/scheduler.hpp"
#include "ports/outbox.hpp"

namespace wayside::sim {

class LightOutbox final : public ports::Outbox {
 public:
  LightOutbox(model::Epoch epoch, base::Scheduler& core) : epoch_(epoch), core_(core) {}

  void commit(ports::Commit commit, CommitCallback done) override;
  void peek(model::Stream stream, Range range, PeekCallback done) override;
  void release(std::vector<ports::ChunkKey> keys, ReleaseCallback done) override;
  void stats(StatsCallback done) override;

  [[nodiscard]] std::size_t waiting() const { return positions_.size(); }

 private:
  model::Epoch epoch_;
  base::Scheduler& core_;
  std::map<model::Stream, model::ChunkNumber> last_;
  std::map<model::Stream, std::map<ports::StorePosition, ports::StoredChunk>> chunks_;
  std::map<ports::ChunkKey, ports::StorePosition> positions_;
  ports::StorePosition last_position_ = 0;
};

}  // namespace wayside::sim
