// A backlog of a million events of 200 bytes in the store, 80 a chunk, and its way out through the forwarder. What the
// cases of the store and of the uplink share.
#pragma once

#include <functional>

#include "bench/store_rig.hpp"
#include "pipeline/forwarder.hpp"

namespace wayside::bench {

inline constexpr std::size_t kBacklogEvents = 1'000'000;
inline constexpr std::size_t kEventBytes = 200;
inline constexpr std::size_t kEventsOfChunk = 80;  // 16 KB
inline constexpr std::size_t kBacklogChunks = kBacklogEvents / kEventsOfChunk;

void fill_backlog(StoreRig& rig);

struct Drained {
  double rate = 0;    // events a second, until the last removal is durable
  double cpu_us = 0;  // an event
};

// `attach` gives the forwarder its link; on core.
[[nodiscard]] Drained drain_backlog(StoreRig& rig, const std::function<void(pipeline::Forwarder&)>& attach);

}  // namespace wayside::bench
