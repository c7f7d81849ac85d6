// What was asked of a store and what it answered, each with the point of the disk's story at which it happened; and the
// judgement of a store found after a power cut at any point of it.
// Every body is a function of its stream and number, so a chunk under another number, or a damaged one, shows itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "crash/store_world.hpp"

namespace wayside::tests {

class StoreStory {
 public:
  // Runs `steps` steps of commits, state changes and releases by chance on `disk` and notes them. Under small bounds
  // old chunks are evicted meanwhile.
  void tell(CrashDisk& disk, base::Random& random, int steps, const store::Bounds& bounds = {.ballast = 0});

  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }
  [[nodiscard]] const std::vector<DiskOp>& ops() const { return ops_; }
  // The first thing that is wrong with the store that `disk` holds after a power cut before op `point`; empty: nothing.
  // The store is opened, read whole and written to.
  [[nodiscard]] std::string judge(CrashDisk& disk, std::size_t point) const;

 private:
  static constexpr std::size_t kNever = ~std::size_t{0};
  struct Told {
    std::vector<ports::ChunkKey> chunks;  // with the numbers they must get
    std::map<std::string, base::Bytes> state;
    std::size_t asked = kNever;
    std::size_t answered = kNever;
  };
  struct Removal {
    std::size_t asked = kNever;
    std::size_t answered = kNever;
  };

  void commit(StoreWorld& world, base::Random& random);
  void release(StoreWorld& world, base::Random& random);
  [[nodiscard]] std::string judge_chunks(StoreWorld& world, std::size_t point, std::size_t commits) const;
  [[nodiscard]] std::string judge_state(StoreWorld& world, std::size_t commits) const;
  [[nodiscard]] std::string judge_next_numbers(StoreWorld& world, std::size_t commits) const;

  std::vector<DiskOp> ops_;
  model::Epoch epoch_{};
  std::vector<Told> commits_;
  std::map<ports::ChunkKey, Removal> removals_;
  std::vector<ports::ChunkKey> waiting_;  // answered and not yet released
  std::map<model::Stream, std::uint64_t> numbers_;
  std::uint64_t evicted_ = 0;  // up to the end of the story
  std::string problem_;
};

// The entries of the ledger that no chunk tells.
[[nodiscard]] std::vector<ports::LedgerEntry> ledger_of(StoreWorld& world);

// Whether one of them is over the chunk.
[[nodiscard]] bool accounts_for(const std::vector<ports::LedgerEntry>& ledger, const ports::ChunkKey& key);

// The chunk of that stream and number. One thread.
[[nodiscard]] const ports::ChunkDraft& draft(model::Stream stream, std::uint64_t number);

}  // namespace wayside::tests
